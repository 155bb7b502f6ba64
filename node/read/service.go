package read

// service are the routes of the program itself and of who runs it.
var service = []Route{
	{Name: "getOpenAPIYAML", Path: "/v1/openapi.yaml"},
	{Name: "getOpenAPIJSON", Path: "/v1/openapi.json"},
	{Name: "anchorNow", Method: "POST", Path: "/v1/admin/anchor", Keyed: true, Room: NoRoom},
	{Name: "getBackup", Path: "/v1/admin/backup", Keyed: true, Room: NoRoom},
	{Name: "revokeToken", Method: "DELETE", Path: "/v1/admin/tokens/{id}", Keyed: true, Room: NoRoom},
	{Name: "getWebhookSecret", Path: "/v1/admin/webhook-secret", Keyed: true, Room: NoRoom},
	{Name: "getHealth", Path: "/healthz", Room: NoRoom},
	{Name: "getReadiness", Path: "/readyz", Room: NoRoom},
	{Name: "getMetrics", Path: "/metrics", Room: NoRoom},
}
