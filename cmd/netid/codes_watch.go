package main

import "context"

// watchCodes tells the operator each minute while four fifths of the hour's codes
// are used, and when all are: then somebody pumps messages, or the budget is
// too small for the day.
func (h *house) watchCodes(ctx context.Context) {
	n, most, err := h.sent(ctx)
	switch {
	case err != nil:
		h.Log.Error("count the codes of this hour", "err", err)
	case n >= most:
		h.Log.Error("all codes by short message of this hour are used: nobody gets one until it is over", "codes", n, "most", most)
	case n >= most-most/5:
		h.Log.Warn("most codes by short message of this hour are used", "codes", n, "most", most)
	}
}
