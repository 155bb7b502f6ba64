package l402

// Header fields about what an L402 token is good for.
const (
	// UsesHeader of a request asks for a challenge for so many uses.
	UsesHeader = "L402-Uses"

	// AgentHeader of a request asks for a token bound to an agent's key.
	AgentHeader = "L402-Agent"

	// UsesLeftHeader of an answer says how often the token is good after it.
	UsesLeftHeader = "L402-Uses-Left"
)
