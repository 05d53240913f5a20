package admin

import "reflect"

// Settings is what an answer about a party is made of.
var Settings = reflect.TypeFor[settings]()

// Proposal, Signature and Account are what an answer about the console is made of.
var Proposal, Signature, Account = reflect.TypeFor[proposalShown](), reflect.TypeFor[signature](), reflect.TypeFor[accountShown]()

// Founder is what is asked for one of the first two of the console.
var Founder = reflect.TypeFor[founder]()
