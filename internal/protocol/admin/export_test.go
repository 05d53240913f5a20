package admin

import "reflect"

// Settings is what an answer about a party is made of.
var Settings = reflect.TypeFor[settings]()
