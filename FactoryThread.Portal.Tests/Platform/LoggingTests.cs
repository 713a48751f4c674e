using System.Diagnostics;
using System.Net.Sockets;
using FactoryThread.Portal.Platform;
using FactoryThread.Portal.Tests.Infrastructure;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace FactoryThread.Portal.Tests.Platform;

/// <summary>A key never reaches a log line or a trace, whatever the level.</summary>
public sealed class LoggingTests
{
    private const string Secret = "Zz9Secret0Zz9Secret0Zz9Secret0Zz9Secret0";
    private const string Key = "ft_live_" + Secret;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task No_level_and_no_provider_rule_prints_a_key()
    {
        using var logs = new CapturedLogs();
        var tags = new List<string>();
        using var listener = new ActivityListener
        {
            ShouldListenTo = _ => true,
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = activity =>
            {
                lock (tags)
                {
                    tags.AddRange(activity.TagObjects.Select(tag => $"{tag.Key}={tag.Value}").Append(activity.DisplayName));
                }
            },
        };
        ActivitySource.AddActivityListener(listener);
        await using var app = PortalApp.Start(
            settings: new()
            {
                ["Logging:LogLevel:Default"] = "Trace",
                ["Logging:LogLevel:Microsoft.AspNetCore"] = "Trace",
                ["Logging:LogLevel:Microsoft.AspNetCore.Hosting.Diagnostics"] = "Trace",
                ["Logging:Captured:LogLevel:Default"] = "Trace",
                ["Logging:Captured:LogLevel:Microsoft.AspNetCore.Hosting.Diagnostics"] = "Trace",
            },
            services: services => services.AddSingleton<ILoggerProvider>(logs));
        using var http = app.Http();

        string[] paths =
        [
            $"/flows/abc123/execute?api_key={Key}", $"/flows/abc123/execute?api%5Fkey={Key}", $"/flows/abc123/execute?x=1&API_KEY={Key}&y=2",
            $"/api/orders?api_key={Key}", $"/v1/keys?search={Key}", $"/v1/keys/validate?api_key={Key}", $"/flows?ft%5Flive%5F{Secret}",
            $"/nothing-here?api_key={Key}", $"/settings/api-keys?search={Key}", $"/?api_key={Key}",
        ];
        foreach (var path in paths)
        {
            using var byQuery = await http.PostAsync(path, null, Cancel);
            using var get = await http.GetAsync(path, Cancel);
            Assert.DoesNotContain(Secret, await get.Content.ReadAsStringAsync(Cancel), StringComparison.Ordinal);
            Assert.DoesNotContain(Secret, get.Headers.ToString(), StringComparison.Ordinal);
            using var byHeader = new HttpRequestMessage(HttpMethod.Post, path.Split('?')[0]);
            byHeader.Headers.Add("Authorization", $"Bearer {Key}");
            using var second = await http.SendAsync(byHeader, Cancel);
        }

        await SendAsync(app.Address, $"GET /flows?api_key={Key}\r\n\r\n");
        await SendAsync(app.Address, $"GE T /flows?api_key={Key} HTTP/1.1\r\nHost: x\r\n\r\n");
        await SendAsync(app.Address, $"GET /flows HTTP/1.1\r\nHost: x\r\nAuthorization Bearer {Key}\r\n\r\n");

        Assert.Contains(logs.Entries, entry => entry.Level == LogLevel.Trace || entry.Level == LogLevel.Debug);
        Assert.DoesNotContain(Secret, logs.AllText, StringComparison.Ordinal);
        lock (tags)
        {
            Assert.DoesNotContain(tags, tag => tag.Contains(Secret, StringComparison.Ordinal));
        }
    }

    [Theory]
    [InlineData("?a=1&b=2", null)]
    [InlineData("?api_key=", "?api_key=redacted")]
    [InlineData("?api_key=x", "?api_key=redacted")]
    [InlineData("?a=1&API%5FKEY=x&b=2", "?a=1&API%5FKEY=redacted&b=2")]
    [InlineData("?search=ft_live_abc&page=2", "?search=redacted&page=2")]
    [InlineData("?search=%66t_test_abc", "?search=redacted")]
    [InlineData("?ft_live_abc", "?redacted")]
    [InlineData("?ft_live_abc=1", "?redacted")]
    [InlineData("?api_key=x&api_key=y", "?api_key=redacted&api_key=redacted")]
    [InlineData("?%zz=%", null)]
    public void Keys_in_a_query_are_replaced_in_any_spelling(string query, string? redacted)
        => Assert.Equal(redacted, QuerySecrets.Redact(query));

    [Fact]
    public void The_parameter_can_still_be_read_after_it_was_hidden()
    {
        var context = new DefaultHttpContext();
        context.Request.QueryString = new QueryString($"?x=1&api_key={Key}");

        QuerySecrets.Redact(context);

        Assert.Equal("?x=1&api_key=redacted", context.Request.QueryString.Value);
        Assert.Equal(Key, context.Request.Query["api_key"]);
        Assert.Equal("1", context.Request.Query["x"]);
    }

    private static async Task SendAsync(Uri address, string text)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(address.Host, address.Port, Cancel);
        await client.GetStream().WriteAsync(System.Text.Encoding.ASCII.GetBytes(text), Cancel);
        using var reader = new StreamReader(client.GetStream());
        Assert.StartsWith("HTTP/1.1 4", await reader.ReadLineAsync(Cancel), StringComparison.Ordinal);
    }
}
