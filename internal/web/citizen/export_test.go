package citizen

var Looks = looks
