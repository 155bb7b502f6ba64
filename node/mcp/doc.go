// Package mcp is the door of an agent for language models: a server of the Model Context
// Protocol whose tools read one econd, sign operations and pay, with the agent's key and
// within limits that no tool can raise.
//
// It guarantees that
//   - texts by others (titles, proposals, names, answers of services, reasons, refusals) reach
//     the model only as Text: in a field of their own, between two marks with a random number
//     that was drawn after they were written, with everything escaped that is invisible, turns
//     the line around, or is a link or picture of Markdown or HTML. No description of a tool,
//     and no instruction of the server, holds such a text;
//   - a result has at most MaxResult bytes: lists end with a cursor, texts are cut and say
//     how long they are;
//   - the same call within KeptFor does nothing twice: it hands in the same signed event, or
//     gives the answer again that was paid for. Another key in the call makes it another;
//   - what a run of the server pays, locks and signs stays within Limits, whoever calls;
//   - a refusal is a result with isError, with the rule, its numbers and what to do next, never
//     an error of the protocol.
//
// It refuses to know the rules of the economy, keys, files, and how payments are made: an
// Agent signs and pays, through a port. The calls of all clients of one Server run one after
// the other, since they share a purse.
//
// Protocol: Model Context Protocol, revisions 2024-11-05 to 2025-11-25 (with a handshake) and
// 2026-07-28 (without), as github.com/modelcontextprotocol/go-sdk has them.
package mcp
