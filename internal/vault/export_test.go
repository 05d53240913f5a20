package vault

// Turn is what Remember does every half minute, and at its end.
func (v *Vault) Turn(on bool) { v.recent.turn(on) }
