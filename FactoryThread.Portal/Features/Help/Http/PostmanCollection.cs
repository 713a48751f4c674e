using FactoryThread.Portal.Features.Help.Pages;

namespace FactoryThread.Portal.Features.Help.Http;

/// <summary>Every call that a key opens as a Postman collection (format 2.1). Address, key and ids are variables; the key's is empty.</summary>
internal static class PostmanCollection
{
    public const string Schema = "https://schema.getpostman.com/json/collection/v2.1.0/collection.json";

    public static object For(string address) => new
    {
        info = new
        {
            name = "FactoryThread API keys",
            description = "Set the variable apiKey to a key of yours, best as a current value or in the vault, so that it is not shared with the collection.",
            schema = Schema,
        },
        auth = new { type = "bearer", bearer = new[] { new { key = "token", value = "{{apiKey}}", type = "string" } } },
        variable = new[]
        {
            Variable("baseUrl", address),
            Variable("apiKey", ""),
            Variable("flowId", HelpExamples.FlowId),
            Variable("route", HelpExamples.Route),
            Variable("executionId", ""),
            Variable("keyId", ""),
        },
        item = new[]
        {
            Folder(
                "Flows",
                Request("Execute a flow", "POST", "/flows/{{flowId}}/execute", HelpExamples.Body),
                Request("Call a custom endpoint", "POST", "/api/{{route}}", HelpExamples.Body),
                Request("List flows", "GET", "/flows"),
                Request("Get a flow", "GET", "/flows/{{flowId}}"),
                Request("List executions of a flow", "GET", "/flows/{{flowId}}/executions"),
                Request("List executions", "GET", "/executions"),
                Request("Get an execution", "GET", "/executions/{{executionId}}")),
            Folder(
                "This key",
                Request("Validate this key", "POST", "/v1/keys/validate", """{"consume":false}"""),
                Request("Regenerate this key, where its settings allow it", "POST", "/v1/keys/self/regenerate")),
            Folder(
                "Manage keys (full access)",
                Request(
                    "Create a key",
                    "POST",
                    "/v1/keys",
                    """{"name":"erp-order-sync-production","environment":"live","kind":"production","permission":"specific_flows","flows":["{{flowId}}"],"expiration":"90d"}"""),
                Request("List keys", "GET", "/v1/keys"),
                Request("Get a key", "GET", "/v1/keys/{{keyId}}"),
                Request("Change a key", "PATCH", "/v1/keys/{{keyId}}", """{"description":"Used by the ERP system to trigger order sync flows"}"""),
                Request("Regenerate a key, the old value valid for another day", "POST", "/v1/keys/{{keyId}}/regenerate", """{"overlap":"1.00:00:00"}"""),
                Request("End the old value now", "POST", "/v1/keys/{{keyId}}/retire-previous"),
                Request("Usage of a key", "GET", "/v1/keys/{{keyId}}/usage?by=day"),
                Request("Export usage as CSV", "GET", "/v1/keys/{{keyId}}/usage/export?format=csv"),
                Request("Revoke a key", "POST", "/v1/keys/{{keyId}}/revoke", """{"reason":"No longer used"}"""),
                Request("Report a key compromised", "POST", "/v1/keys/{{keyId}}/report-compromised", """{"note":"Found in a public repository"}"""),
                Request("Delete a key", "DELETE", "/v1/keys/{{keyId}}")),
        },
    };

    private static object Variable(string key, string value) => new { key, value, type = "string" };

    private static object Folder(string name, params object[] item) => new { name, item };

    private static object Request(string name, string method, string path, string? json = null)
    {
        var url = "{{baseUrl}}" + path;
        return json is null
            ? new { name, request = new { method, header = Array.Empty<object>(), url } }
            : new
            {
                name,
                request = new
                {
                    method,
                    header = new[] { new { key = "Content-Type", value = "application/json" } },
                    body = new { mode = "raw", raw = json, options = new { raw = new { language = "json" } } },
                    url,
                },
            };
    }
}
