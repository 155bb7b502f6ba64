package stake

// renewBlocks is how long before the last moment a hold should be renewed, where
// its life allows: half a day.
const renewBlocks = 72

// RenewHeight is the height from which a hold should be renewed that was locked
// at a height and whose lowest HTLC expires at another. What can be used of its
// life ends at ForfeitHeight; the last third of that is for renewing, or 72
// blocks if that is more, but at most a half. Thirds and halves are rounded down.
func RenewHeight(lockedHeight, expiryHeight uint32) uint32 {
	last := ForfeitHeight(expiryHeight)
	if last <= lockedHeight {
		return lockedHeight
	}
	usable := last - lockedHeight
	return last - max(usable/3, min(renewBlocks, usable/2))
}

// Renewals is how often a hold of cltvBlocks must be renewed to last a course of
// so many blocks, each time at RenewHeight.
func Renewals(cltvBlocks uint32, courseBlocks int64) int64 {
	last, each := int64(ForfeitHeight(cltvBlocks)), int64(RenewHeight(0, cltvBlocks))
	if courseBlocks <= last || each == 0 {
		return 0
	}
	return (courseBlocks - last + each - 1) / each
}
