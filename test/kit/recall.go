package kit

// RecallFailed is why the last recall stopped, this once: here one is over when the act answers.
func (k *Kit) RecallFailed() error {
	err := k.recalled
	k.recalled = nil
	return err
}
