using FactoryThread.Portal.Features.ApiKeys.Model;
using FactoryThread.Portal.Features.Audit.Model;
using FactoryThread.Portal.Tests.Infrastructure;
using Microsoft.EntityFrameworkCore;

namespace FactoryThread.Portal.Tests.Cli;

public sealed class KeyVerbsTests
{
    private static readonly string[] Create = ["keys", "create", "--name", "erp-order-sync-production", "--environment", "live", "--permission", "full", "--expires", "90d"];

    [Fact]
    public async Task Create_prints_the_id_and_the_value_once()
    {
        using var verbs = await Verbs.WithAdministratorAsync();

        var created = await verbs.RunAsync(Create);
        var listed = await verbs.RunAsync("keys", "list");

        Assert.Equal(0, created.Exit);
        var value = created.Output.Split('\n').Single(l => l.StartsWith("key: ", StringComparison.Ordinal))[5..].Trim();
        Assert.True(ApiKeyToken.TryParse(value, out var token));
        Assert.Contains("id:  key_", created.Output, StringComparison.Ordinal);
        Assert.DoesNotContain(value, created.Error, StringComparison.Ordinal);
        Assert.Contains("erp-order-sync-production", listed.Output, StringComparison.Ordinal);
        Assert.Contains(token.Hint, listed.Output, StringComparison.Ordinal);
        Assert.DoesNotContain(value, listed.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Create_as_JSON_writes_nothing_else_to_stdout()
    {
        using var verbs = await Verbs.WithAdministratorAsync();

        var created = await verbs.RunAsync(
            "keys", "create", "--name", "partner-acme-integration", "--environment", "test", "--permission", "flows", "--flow", "abc123",
            "--expires", "2099-01-31T00:00:00Z", "--per-minute", "2147483647", "--per-day", "1", "--owner", "ADMIN@example.test", "--json");

        var json = created.Json;
        Assert.StartsWith("key_", json.GetProperty("id").GetString(), StringComparison.Ordinal);
        Assert.StartsWith("ft_test_", json.GetProperty("key").GetString(), StringComparison.Ordinal);
        Assert.Equal("specific_flows", json.GetProperty("permission").GetString());
        Assert.Equal("abc123", json.GetProperty("flows")[0].GetString());
        Assert.Equal("2099-01-31T00:00:00.000Z", json.GetProperty("expiresAt").GetString());
        Assert.Equal(int.MaxValue, json.GetProperty("limits").GetProperty("perMinute").GetInt32());
        Assert.Equal("admin@example.test", json.GetProperty("owner").GetString());
        Assert.Equal("", created.Error);
    }

    [Theory]
    [InlineData("--environment", "staging")]
    [InlineData("--permission", "everything")]
    [InlineData("--expires", "soon")]
    [InlineData("--expires", "2020-01-01T00:00:00Z")]
    [InlineData("--per-minute", "0")]
    [InlineData("--per-minute", "2147483648")]
    [InlineData("--per-day", "-1")]
    [InlineData("--per-day", "many")]
    [InlineData("--owner", "nobody@example.test")]
    [InlineData("--flow", "abc123")]
    [InlineData("--name", " ")]
    public async Task A_wrong_value_names_its_option_and_makes_no_key(string option, string value)
    {
        using var verbs = await Verbs.WithAdministratorAsync();
        var args = Create.Contains(option) ? Create.Select((a, i) => i > 0 && Create[i - 1] == option ? value : a) : Create.Append(option).Append(value);

        var created = await verbs.RunAsync([.. args]);
        var listed = await verbs.RunAsync("keys", "list", "--json");

        Assert.Equal(1, created.Exit);
        Assert.Contains(option, created.Error, StringComparison.Ordinal);
        Assert.Equal("", created.Output);
        Assert.Equal(0, listed.Json.GetProperty("items").GetArrayLength());
    }

    [Theory]
    [InlineData("--name")]
    [InlineData("--environment")]
    [InlineData("--permission")]
    [InlineData("--expires")]
    public async Task A_missing_option_is_named(string option)
    {
        using var verbs = new Verbs();
        var at = Array.IndexOf(Create, option);

        var created = await verbs.RunAsync([.. Create[..at], .. Create[(at + 2)..]]);

        Assert.Equal(1, created.Exit);
        Assert.Contains(option, created.Error, StringComparison.Ordinal);
        Assert.Equal("", created.Output);
    }

    [Fact]
    public async Task Flows_permission_needs_flows_that_exist()
    {
        using var verbs = await Verbs.WithAdministratorAsync();
        string[] start = ["keys", "create", "--name", "partner-acme", "--environment", "live", "--expires", "30d", "--permission", "flows"];

        var none = await verbs.RunAsync(start);
        var unknown = await verbs.RunAsync([.. start, "--flow", "no-such-flow"]);

        Assert.Equal((1, 1), (none.Exit, unknown.Exit));
        Assert.Contains("--flow", none.Error, StringComparison.Ordinal);
        Assert.Contains("no-such-flow", unknown.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_an_administrator_there_is_nobody_to_own_a_key()
    {
        using var verbs = new Verbs();

        var created = await verbs.RunAsync(Create);

        Assert.Equal(1, created.Exit);
        Assert.Contains("--owner", created.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Regenerate_prints_a_new_value_and_revoke_ends_the_key()
    {
        using var verbs = await Verbs.WithAdministratorAsync();
        var first = (await verbs.RunAsync([.. Create, "--json"])).Json;
        var id = first.GetProperty("id").GetString()!;

        var second = await verbs.RunAsync("keys", "regenerate", id, "--json");
        var revoked = await verbs.RunAsync("keys", "revoke", id, "--json");
        var again = await verbs.RunAsync("keys", "revoke", id, "--json");
        var tooLate = await verbs.RunAsync("keys", "regenerate", id);
        var unknown = await verbs.RunAsync("keys", "revoke", "key_nothing");

        Assert.Equal(id, second.Json.GetProperty("id").GetString());
        Assert.NotEqual(first.GetProperty("key").GetString(), second.Json.GetProperty("key").GetString());
        Assert.Equal(id, revoked.Json.GetProperty("id").GetString());
        Assert.Equal(revoked.Output, again.Output);
        Assert.Equal((1, 1), (tooLate.Exit, unknown.Exit));
        Assert.NotEqual("", tooLate.Error);
        Assert.NotEqual("", unknown.Error);
        Assert.Equal("revoked", (await verbs.RunAsync("keys", "list", "--json")).Json.GetProperty("items")[0].GetProperty("status").GetString());
    }

    [Fact]
    public async Task List_goes_beyond_one_page()
    {
        using var verbs = await Verbs.WithAdministratorAsync();
        await using (var app = PortalApp.Start(dataDirectory: verbs.DataDirectory))
        {
            var keys = app.Get<FactoryThread.Portal.Features.ApiKeys.ApiKeyService>();
            for (var i = 0; i < 205; i++)
            {
                var wish = new NewApiKey(new ApiKeySettings { Name = $"key-number-{i}", Description = $"Of key-number-{i}" }, KeyEnvironment.Live);
                (await keys.CreateAsync(wish, Caller.CommandLine, TestContext.Current.CancellationToken)).Require();
            }
        }

        var listed = await verbs.RunAsync("keys", "list", "--json");

        var items = listed.Json.GetProperty("items").EnumerateArray().ToList();
        Assert.Equal(205, items.Select(k => k.GetProperty("id").GetString()).Distinct().Count());
        Assert.All(items, k => Assert.Equal($"Of {k.GetProperty("name").GetString()}", k.GetProperty("description").GetString()));
    }

    [Fact]
    public async Task A_running_portal_records_who_did_it()
    {
        await using var app = PortalApp.Start();
        using var http = await app.SignInAsync();
        using var output = new StringWriter();
        using var error = new StringWriter();

        var exit = await FactoryThread.Portal.Cli.CommandLine.RunAsync([.. Create, "--Portal:DataDirectory", app.DataDirectory], TextReader.Null, output, error);

        Assert.Equal((0, ""), (exit, error.ToString()));
        await using var db = await app.Contexts.CreateDbContextAsync(TestContext.Current.CancellationToken);
        var entry = await db.Set<AuditEntry>().SingleAsync(e => e.Action == "api_key.created", TestContext.Current.CancellationToken);
        Assert.Equal(ActorKind.CommandLine, entry.ActorKind);
    }

    [Fact]
    public async Task Regenerate_keeps_the_old_value_for_an_overlap_and_retire_previous_ends_it()
    {
        using var verbs = await Verbs.WithAdministratorAsync();
        var id = (await verbs.RunAsync([.. Create, "--allow-self-regenerate", "--json"])).Json.GetProperty("id").GetString()!;

        var renewed = await verbs.RunAsync("keys", "regenerate", id, "--overlap", "24h", "--json");
        var told = await verbs.RunAsync("keys", "regenerate", id, "--overlap", "1.12:00:00");
        var retired = await verbs.RunAsync("keys", "retire-previous", id);
        var wrong = await verbs.RunAsync("keys", "regenerate", id, "--overlap", "soon");
        var tooLong = await verbs.RunAsync("keys", "regenerate", id, "--overlap", "31d");

        Assert.EndsWith("Z", renewed.Json.GetProperty("previousValidUntil").GetString(), StringComparison.Ordinal);
        Assert.Contains("stays valid until", told.Output, StringComparison.Ordinal);
        Assert.Equal((0, ""), (retired.Exit, retired.Error));
        Assert.Equal((1, 1), (wrong.Exit, tooLong.Exit));
        Assert.Contains("--overlap", wrong.Error, StringComparison.Ordinal);
        Assert.Contains("--overlap", tooLong.Error, StringComparison.Ordinal);
    }
}
