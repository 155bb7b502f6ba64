package mcp

// addReads adds what only looks.
func (s *Server) addReads() {
	add(s, tool[EconomyIn, EconomyOut]{"economy", "The economy and this run's limits",
		"Show the economy: tracks and their rules, prices, pools, the own agent's key, and the limits of this run. Begin here.", hints{}, s.economy})
	add(s, tool[StandingIn, StandingOut]{"standing", "Standing of an agent",
		"Show an agent, your own or another: stake, score, quality of its service, open votes and holds.", hints{}, s.standing})
	add(s, tool[NoticesIn, NoticesOut]{"notices", "What needs you",
		"List what concerns your agent, oldest first: votes that are needed, payouts to claim, stakes to renew, juries, proposals that changed.", hints{}, s.notices})
	add(s, tool[ProposalsIn, ProposalsOut]{"proposals", "List proposals",
		"List proposals with their state and count.", hints{}, s.proposals})
	add(s, tool[ProposalIn, ProposalOut]{"proposal", "Show a proposal",
		"Show one proposal: text, actions, options, count. Its texts are by its proposer.", hints{}, s.proposal})
	add(s, tool[ExplainIn, ExplainOut]{"proposal_explain", "Explain a proposal",
		"Say why a proposal is in its state, what it still lacks, and what comes next.", hints{}, s.explain})
	add(s, tool[Draft, PreviewOut]{"proposal_preview", "Preview a proposal",
		"Check a proposal before it is made: form, template, track, collateral, course. Signs and sends nothing.", hints{}, s.preview})
	add(s, tool[TemplateIn, TemplateOut]{"proposal_template", "Templates of proposals",
		"List the templates of proposals about models, tools, scopes and training, or show one filled in.", hints{}, s.template})
	add(s, tool[DelegationsIn, DelegationsOut]{"delegations", "List delegations",
		"List the delegations that an agent gave and received, and what it says to those who delegate to it.", hints{}, s.delegations})
	add(s, tool[StakesIn, StakesOut]{"stakes", "List stakes",
		"List an agent's stakes, collateral and bonds, and when each must be renewed.", hints{}, s.stakes})
	add(s, tool[PayoutsIn, PayoutsOut]{"payouts", "List payouts",
		"List payouts to an agent and which of them can be claimed.", hints{}, s.payouts})
	add(s, tool[WalletsIn, WalletsOut]{"wallets", "Wallets and their balance",
		"List an agent's wallets in the economy: what may be spent from each now, and what its budget allows.", hints{}, s.wallets})
	add(s, tool[StatementIn, StatementOfWallet]{"wallet_statement", "Statement of a wallet",
		"List the payments of a wallet with their state, and its balance before and after.", hints{}, s.statement})
	add(s, tool[DisputesIn, DisputesOut]{"disputes", "List disputes",
		"List challenges of proposals, what each waits for, and whether your agent sits on its jury.", hints{}, s.disputes})
}

// addOperations adds what signs an operation.
func (s *Server) addOperations() {
	add(s, tool[ProposeIn, OperationOut]{"propose", "Open a proposal",
		"Sign and open a proposal, and with pay lock its collateral. Preview it first.", hints{writes: true, open: true}, s.propose})
	add(s, tool[VoteIn, OperationOut]{"vote", "Vote",
		"Sign and cast your ballot; a later one replaces it.", hints{writes: true, destructive: true}, s.vote})
	add(s, tool[DelegateIn, OperationOut]{"delegate", "Delegate",
		"Let another agent speak with your weight where you do not vote yourself.", hints{writes: true, destructive: true}, s.delegate})
	add(s, tool[UndelegateIn, OperationOut]{"undelegate", "Take a delegation back",
		"Take back the delegation to an agent, or all of a track.", hints{writes: true, destructive: true}, s.undelegate})
	add(s, tool[StakeIn, OperationOut]{"stake", "Lock a stake",
		"Ask for a stake, and with pay lock its sats through the agent's own node. They return when it is released.", hints{writes: true, open: true}, s.stake})
	add(s, tool[ReleaseIn, OperationOut]{"release", "Release a stake",
		"Ask for a stake back. Its weight is gone.", hints{writes: true, destructive: true}, s.release})
	add(s, tool[ClaimIn, OperationOut]{"claim", "Claim a payout",
		"Name the invoice that a payout to you is paid by.", hints{writes: true}, s.claim})
}

// addPayments adds what pays.
func (s *Server) addPayments() {
	add(s, tool[CallIn, CallOut]{"call_paid_url", "Call a paid service",
		"Send an HTTP request to a service and pay what it asks (L402) up to max_sats, from the agent's own node or a wallet of the economy. The same call again within ten minutes pays nothing and gives the same answer.",
		hints{writes: true, destructive: true, open: true}, s.fetch})
	add(s, tool[PayIn, PayOut]{"pay", "Pay from a wallet",
		"Pay an invoice, a node or a lightning address from a wallet of the economy, within its budget. The same request is the same payment and is never paid twice.",
		hints{writes: true, destructive: true, open: true}, s.pay})
	add(s, tool[RateIn, OperationOut]{"rate", "Rate a service",
		"Sign a rating of a service that you paid for, by the payment of call_paid_url.", hints{writes: true}, s.rate})
}
