namespace FactoryThread.Portal.Features.ApiKeys.Pages;

/// <summary>A call with the key, ready to paste; the key stands between <paramref name="Before"/> and <paramref name="After"/>.</summary>
public sealed record KeyExample(string Id, string Title, string Before, string After)
{
    /// <summary>The examples of the product's guide with the installation's address and a flow filled in.</summary>
    /// <param name="address">The base address without a slash at the end.</param>
    /// <param name="flowId">Null leaves <c>{flowId}</c> to be replaced by the reader.</param>
    /// <param name="readOnly">The key executes nothing, so the examples list executions instead.</param>
    public static IReadOnlyList<KeyExample> For(string address, string? flowId, bool readOnly)
    {
        var flow = $"{address}/flows/{flowId ?? "{flowId}"}";
        var (method, url) = readOnly ? ("GET", $"{flow}/executions") : ("POST", $"{flow}/execute");
        return
        [
            new("curl", "cURL",
                $"curl -X {method} {url} \\\n  -H \"Authorization: Bearer ",
                readOnly ? "\"" : "\" \\\n  -H \"Content-Type: application/json\" \\\n  -d '{\"customerId\": \"C001\"}'"),
            new("python", "Python",
                "import requests\n\nheaders = {\n    \"Authorization\": \"Bearer ",
                (readOnly ? "\",\n}\n\n" : "\",\n    \"Content-Type\": \"application/json\",\n}\n\n")
                    + $"response = requests.{(readOnly ? "get" : "post")}(\n    \"{url}\",\n    headers=headers,\n"
                    + (readOnly ? "" : "    json={\"customerId\": \"C001\"},\n") + ")\nprint(response.status_code, response.json())"),
            new("javascript", "JavaScript",
                $"const response = await fetch('{url}', {{\n  method: '{method}',\n  headers: {{\n    'Authorization': 'Bearer ",
                readOnly
                    ? "',\n  },\n});\nconsole.log(response.status, await response.json());"
                    : "',\n    'Content-Type': 'application/json',\n  },\n  body: JSON.stringify({ customerId: 'C001' }),\n});\nconsole.log(response.status, await response.json());"),
            new("postman", "Postman",
                $"1. New request: {method} {url}\n2. Authorization, type “Bearer Token”. Token:\n   ",
                readOnly ? "\n3. Send." : "\n3. Body, raw, JSON: {\"customerId\": \"C001\"}\n4. Send."),
        ];
    }
}
