package read

// service are the routes of the program itself and of who runs it.
var service = []Route{
	{Name: "getPriceList", Path: PricesPath, Kept: pricesKept,
		Summary: "What costs what now",
		Tag:     "service",
		Reading: reading(NotPaged, prices)},
	{Name: "getGuide", Path: GuidePath, Summary: "What a program needs to know first, for language models"},
	{Name: "getOpenAPIYAML", Path: "/v1/openapi.yaml", Summary: "The OpenAPI document of this API, in YAML"},
	{Name: "getOpenAPIJSON", Path: "/v1/openapi.json", Summary: "The OpenAPI document of this API, in JSON"},
	{Name: "anchorNow", Method: "POST", Path: "/v1/admin/anchor", Keyed: true, Room: NoRoom,
		Summary: "Commit the present checkpoint to Bitcoin now"},
	{Name: "getBackup", Path: "/v1/admin/backup", Keyed: true, Room: NoRoom,
		Summary: "An online backup of the ballot store"},
	{Name: "revokeToken", Method: "DELETE", Path: "/v1/admin/tokens/{id}", Keyed: true, Room: NoRoom,
		Summary: "Make an L402 token worthless"},
	{Name: "getWebhookSecret", Path: "/v1/admin/webhook-secret", Keyed: true, Room: NoRoom,
		Summary: "What the receivers at one origin check webhooks with; keep it secret"},
	{Name: "getHealth", Path: "/healthz", Room: NoRoom,
		Summary: "Does the process work? If not, restart it"},
	{Name: "getReadiness", Path: "/readyz", Room: NoRoom,
		Summary: "Can all of the work be done? If not, `problems` says what is missing"},
	{Name: "getMetrics", Path: "/metrics", Room: NoRoom,
		Summary: "Prometheus metrics"},
}
