package archive

// Unpack is what Read does with an archive that opened.
var Unpack = unpack
