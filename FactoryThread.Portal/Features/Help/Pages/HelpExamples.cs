namespace FactoryThread.Portal.Features.Help.Pages;

/// <summary>Calls to paste, with this installation's address. The key comes from the environment and never stands here.</summary>
internal static class HelpExamples
{
    /// <summary>A sample flow that every installation starts with; it answers with what it is sent.</summary>
    public const string FlowId = "abc123";

    /// <summary>Its custom endpoint.</summary>
    public const string Route = "orders";

    public const string Body = """{"customerId":"C001"}""";

    public static string Header => "Authorization: Bearer ft_live_xxxx...";

    public static string InAddress(string address) => $"{address}/flows/{FlowId}/execute?api_key=ft_live_xxxx...";

    public static string CustomInAddress(string address) => $"{address}/api/{Route}?api_key=ft_live_xxxx...";

    public static string Curl(string address) => Post($"{address}/flows/{FlowId}/execute", "{\"customerId\": \"C001\"}");

    public static string CustomEndpoint(string address) => Post($"{address}/api/{Route}", "{\"customerId\": \"C001\"}");

    public static string Validate(string address) => Post($"{address}/v1/keys/validate", "{\"consume\": false}");

    public static string Python(string address)
        => $$"""
            import os
            import requests

            headers = {
                "Authorization": f"Bearer {os.environ['FACTORYTHREAD_API_KEY']}",
                "Content-Type": "application/json",
            }

            response = requests.post(
                "{{address}}/flows/{{FlowId}}/execute",
                headers=headers,
                json={"customerId": "C001"},
            )
            print(response.status_code, response.json())
            """.ReplaceLineEndings("\n");

    public static string JavaScript(string address)
        => $$"""
            const response = await fetch(
              '{{address}}/flows/{{FlowId}}/execute',
              {
                method: 'POST',
                headers: {
                  'Authorization': `Bearer ${process.env.FACTORYTHREAD_API_KEY}`,
                  'Content-Type': 'application/json',
                },
                body: JSON.stringify({ customerId: 'C001' }),
              },
            );
            console.log(response.status, await response.json());
            """.ReplaceLineEndings("\n");

    public static string Regenerate(string address)
        => $"""
            curl -X POST {address}/v1/keys/self/regenerate \
              -H "Authorization: Bearer $FACTORYTHREAD_API_KEY"
            """.ReplaceLineEndings("\n");

    public static string RegenerateOther(string address)
        => $$"""
            curl -X POST {{address}}/v1/keys/$KEY_ID/regenerate \
              -H "Authorization: Bearer $FACTORYTHREAD_MANAGEMENT_KEY" \
              -H "Content-Type: application/json" \
              -d '{"overlap": "1.00:00:00"}'
            """.ReplaceLineEndings("\n");

    public static string Problem(string address)
        => $$"""
            HTTP/1.1 401 Unauthorized
            WWW-Authenticate: Bearer realm="FactoryThread", error="invalid_token", …
            Content-Type: application/problem+json

            {
              "type": "{{address}}{{HelpLinks.Section("expired_key")}}",
              "title": "The API key has expired",
              "status": 401,
              "code": "expired_key",
              "detail": "Regenerate the key in the portal and use its new value; …",
              "traceId": "0HNABC:00000001"
            }
            """.ReplaceLineEndings("\n");

    private static string Post(string url, string json)
        => $$"""
            curl -X POST {{url}} \
              -H "Authorization: Bearer $FACTORYTHREAD_API_KEY" \
              -H "Content-Type: application/json" \
              -d '{{json}}'
            """.ReplaceLineEndings("\n");
}
