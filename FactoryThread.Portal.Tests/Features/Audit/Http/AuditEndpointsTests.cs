using System.Net;
using System.Text.Json;
using FactoryThread.Portal.Data.Model;
using FactoryThread.Portal.Features.Accounts;
using FactoryThread.Portal.Features.Accounts.Model;
using FactoryThread.Portal.Features.ApiKeys.Model;
using FactoryThread.Portal.Features.Audit;
using FactoryThread.Portal.Features.Audit.Model;
using FactoryThread.Portal.Tests.Features.Usage;
using FactoryThread.Portal.Tests.Infrastructure;
using Microsoft.EntityFrameworkCore;

namespace FactoryThread.Portal.Tests.Features.Audit.Http;

public sealed class AuditEndpointsTests
{
    private const string Path = "/settings/audit-log/export";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Every_entry_leaves_as_JSON_with_its_hash_and_the_export_is_the_first_of_them()
    {
        await using var app = PortalApp.Start();
        using var http = await app.SignInAsync();
        for (var i = 0; i < 1200; i++)
        {
            await app.Get<AuditLog>().RecordAsync(Actor.CommandLine, "thing.done", $"t{i}", "Thing", new { i }, Cancel);
        }

        using var answer = await http.GetAsync(new Uri($"{Path}?format=json", UriKind.Relative), Cancel);

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal("audit-log.json", answer.Content.Headers.ContentDisposition?.FileName);
        var rows = JsonDocument.Parse(await answer.Content.ReadAsStringAsync(Cancel)).RootElement.EnumerateArray().ToList();
        await using var db = await app.Contexts.CreateDbContextAsync(Cancel);
        var entries = await db.Set<AuditEntry>().OrderByDescending(e => e.At).ThenByDescending(e => e.Id).ToListAsync(Cancel);
        Assert.Equal(entries.Select(e => e.Id), rows.Select(r => r.GetProperty("id").GetInt64()));
        Assert.Equal(entries.Select(e => Convert.ToHexStringLower(e.Hash)), rows.Select(r => r.GetProperty("hash").GetString()));
        Assert.Equal(("audit_log.exported", SignedInClient.AdminEmail, "127.0.0.1"), (
            rows[0].GetProperty("action").GetString(),
            rows[0].GetProperty("actor").GetProperty("name").GetString(),
            rows[0].GetProperty("actor").GetProperty("address").GetString()));
    }

    [Fact]
    public async Task What_is_recorded_after_the_export_has_begun_is_not_in_it()
    {
        await using var app = PortalApp.Start();
        using var http = await app.SignInAsync();
        UsageRig.Execute(System.IO.Path.Combine(app.DataDirectory, "portal.db"), """
            CREATE TRIGGER meanwhile AFTER INSERT ON AuditEntries WHEN NEW.Action = 'audit_log.exported' BEGIN
                INSERT INTO AuditEntries (At, ActorKind, ActorId, ActorName, Action, SubjectType, SubjectId, SubjectName, Hash)
                SELECT At, ActorKind, ActorId, ActorName, 'thing.done', 'thing', 't1', 'Thing', x'' FROM AuditEntries WHERE Id = NEW.Id;
            END
            """);

        var rows = JsonDocument.Parse(await http.GetStringAsync($"{Path}?format=json", Cancel)).RootElement.EnumerateArray().ToList();

        Assert.Equal("audit_log.exported", rows[0].GetProperty("action").GetString());
        var newest = await app.Get<AuditLog>().ListAsync(new AuditQuery { Take = 1 }, Cancel);
        Assert.Equal(("thing.done", rows[0].GetProperty("id").GetInt64() + 1), (newest.Items[0].Action, newest.Items[0].Id));
    }

    [Theory]
    [InlineData("=HYPERLINK")]
    [InlineData("＝HYPERLINK")]
    public async Task A_spreadsheet_gets_no_formula_and_only_what_was_filtered(string formula)
    {
        await using var app = PortalApp.Start();
        using var http = await app.SignInAsync();
        await app.Get<AuditLog>().RecordAsync(Actor.CommandLine, "thing.done", "t1", $"{formula}(\"x\")", null, Cancel);
        await app.Get<AuditLog>().RecordAsync(Actor.CommandLine, "thing.done", "t2", "Other", null, Cancel);

        var csv = await http.GetStringAsync($"{Path}?format=csv&subject=t1", Cancel);

        var lines = csv.TrimEnd().Split("\r\n");
        Assert.Equal(2, lines.Length);
        Assert.StartsWith("id,at,actorKind,actorId,actorName,address,action", lines[0], StringComparison.Ordinal);
        Assert.Contains("'" + formula, lines[1], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("?format=xml", "format")]
    [InlineData("", "format")]
    [InlineData("?format=csv&from=yesterday", "from")]
    [InlineData("?format=csv&from=2026-11-25T00:00:00Z&to=2026-11-24T00:00:00Z", "from")]
    [InlineData("?format=csv&from=2026-11-24T00:00:00Z&to=2026-11-24T00:00:00Z", "from")]
    public async Task A_wrong_wish_names_the_field(string query, string field)
    {
        await using var app = PortalApp.Start();
        using var http = await app.SignInAsync();

        var answer = await http.SendGetAsync(Path + query, null);

        Assert.Equal(HttpStatusCode.BadRequest, answer.Status);
        Assert.Equal(field, answer.Json.GetProperty("field").GetString());
    }

    [Fact]
    public async Task Only_an_administrator_reads_it()
    {
        await using var app = PortalApp.Start();
        using var admin = await app.SignInAsync();
        (await app.Get<UserService>().AddAsync(new NewUser("viewer@example.test", SignedInClient.AdminPassword, PortalRole.Viewer), Caller.CommandLine, Cancel)).Require();
        using var viewer = await app.SignInAsync("viewer@example.test");
        using var nobody = app.Http();

        Assert.Equal(HttpStatusCode.Forbidden, (await viewer.SendGetAsync($"{Path}?format=csv", null)).Status);
        Assert.Equal(HttpStatusCode.Redirect, (await nobody.SendGetAsync($"{Path}?format=csv", null)).Status);
    }

    [Fact]
    public async Task A_usage_export_stands_in_the_record_before_its_first_row_leaves()
    {
        await using var app = PortalApp.Start();
        using var http = await app.SignInAsync();
        var key = await Builders.Given.KeyAsync(app, owner: SignedInClient.AdminEmail);

        await http.GetStringAsync($"/settings/api-keys/{key.Key.Id}/usage/export?format=csv", Cancel);

        var entry = (await app.Get<AuditLog>().ForSubjectAsync("api_key", key.Key.Id, 0, 10, Cancel)).Items[0];
        Assert.Equal(("api_key.usage_exported", SignedInClient.AdminEmail), (entry.Action, entry.ActorName));
    }
}
