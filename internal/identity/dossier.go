package identity

// DossierRow is one record of the service's own work as stored: an account of its
// staff, a proposal, an incident. It is about no citizen's row and outlives a restore.
type DossierRow struct {
	ID      []byte // keyed, of its kind and name
	Shelf   []byte // keyed, of its kind: by which all of a kind are read
	Version uint64 // from 1
	Body    []byte // sealed in its place and version, padded
}

type (
	// KeepDossier stores a record, or replaces the one of the version before. Guards:
	// a new one (version 1) is new ("dossier_exists"), another is there with Version-1
	// ("dossier_moved").
	KeepDossier struct{ Row DossierRow }
	// GuardDossier changes nothing; it fails ("dossier_moved") unless the record has
	// this version. Version 0: there is none.
	GuardDossier struct {
		ID      []byte
		Version uint64
	}
	// DropDossier removes a record. Guard: its version ("dossier_moved").
	DropDossier struct {
		ID      []byte
		Version uint64
	}
)

func (KeepDossier) verb()  {}
func (KeepDossier) note()  {}
func (GuardDossier) verb() {}
func (GuardDossier) note() {}
func (DropDossier) verb()  {}
func (DropDossier) note()  {}
