package fault_test

import (
	"errors"
	"io"
	"testing"

	"netid/internal/fault"
)

func TestUnknownIsInternalAndSilent(t *testing.T) {
	if fault.Of(io.EOF) != fault.Internal || fault.Public(io.EOF) != "internal" {
		t.Fatal("an unknown error must be internal and say nothing")
	}
	err := fault.Wrap("x", fault.Internal, "secret_detail", io.EOF)
	if fault.Public(err) != "internal" {
		t.Fatal("an internal error must not show its reason")
	}
}

func TestKindAndReasonSurviveWrapping(t *testing.T) {
	err := fault.At("outer", fault.Newf("inner", fault.Gone, "code_used", "row %d", 7))
	if fault.Of(err) != fault.Gone || !fault.Because(err, "code_used") {
		t.Fatalf("got %v %q", fault.Of(err), fault.Public(err))
	}
	if fault.At("x", nil) != nil || fault.Wrap("x", fault.Gone, "y", nil) != nil {
		t.Fatal("nil must stay nil")
	}
	var e *fault.Error
	if !errors.As(err, &e) || e.Op != "outer" {
		t.Fatal("outermost place lost")
	}
}

func TestMissing(t *testing.T) {
	gone := fault.New("store", fault.NotFound, "dossier_unknown")
	if err := fault.Missing("act", gone, "proposal_unknown"); !fault.Is(err, fault.NotFound) || !fault.Because(err, "proposal_unknown") {
		t.Error(err)
	}
	down := fault.New("store", fault.Unavailable, "store_unavailable")
	if fault.Missing("act", down, "proposal_unknown") != down || fault.Missing("act", nil, "proposal_unknown") != nil {
		t.Error("another failure is told as that")
	}
}
