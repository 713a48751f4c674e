using System.Net;
using FactoryThread.Portal.Features.ApiKeys.Model;
using FactoryThread.Portal.Features.Audit;
using FactoryThread.Portal.Tests.Builders;
using FactoryThread.Portal.Tests.Infrastructure;

namespace FactoryThread.Portal.Tests.Features.Incidents.Http;

public sealed class IncidentEndpointsTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_program_reports_a_key_and_gets_the_replacement_once()
    {
        await using var app = PortalApp.Start();
        var manager = await app.KeyAsync(Given.Settings("manager") with { Expiration = KeyExpiration.Never });
        var leaked = await app.KeyAsync(Given.Settings("leaked"));
        using var http = app.Http();

        var answer = await http.SendPostAsync($"/v1/keys/{leaked.Key.Id}/report-compromised", manager.Token.Reveal(), """{"since":"2026-01-01T00:00:00Z","note":"in a log"}""");

        Assert.Equal(HttpStatusCode.OK, answer.Status);
        Assert.Equal("no-store", answer.Header("Cache-Control"));
        var value = answer.Json.GetProperty("replacement").GetProperty("key").GetString();
        Assert.Equal(200, (int)(await http.ExecuteAsync("abc123", value, "{}")).Status);
        Assert.Equal("revoked_key", (await http.ExecuteAsync("abc123", leaked.Token.Reveal(), "{}")).Code);
        Assert.Equal("in a log", answer.Json.GetProperty("incident").GetProperty("note").GetString());
        Assert.DoesNotContain(value!, answer.Json.GetProperty("incident").ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_the_caller_may_not_make_is_revoked_all_the_same()
    {
        await using var app = PortalApp.Start();
        var manager = await app.KeyAsync(Given.Settings("manager") with { Expiration = KeyExpiration.After(30) });
        var leaked = await app.KeyAsync(Given.Settings("leaked") with { Expiration = KeyExpiration.After(90) });
        using var http = app.Http();

        var answer = await http.SendPostAsync($"/v1/keys/{leaked.Key.Id}/report-compromised", manager.Token.Reveal());

        Assert.Equal(System.Text.Json.JsonValueKind.Null, answer.Json.GetProperty("replacement").ValueKind);
        Assert.NotEqual("", answer.Json.GetProperty("noReplacement").GetString());
        Assert.Equal("revoked_key", (await http.ExecuteAsync("abc123", leaked.Token.Reveal(), "{}")).Code);
    }

    [Theory]
    [InlineData("""{"since":"2126-01-01T00:00:00Z"}""", 422, "since")]
    [InlineData("""{"since":"yesterday"}""", 400, "since")]
    [InlineData("""{"when":1}""", 400, null)]
    public async Task A_wrong_body_revokes_nothing(string body, int status, string? field)
    {
        await using var app = PortalApp.Start();
        var manager = await app.KeyAsync(Given.Settings("manager"));
        var other = await app.KeyAsync(Given.Settings("other"));
        using var http = app.Http();

        var answer = await http.SendPostAsync($"/v1/keys/{other.Key.Id}/report-compromised", manager.Token.Reveal(), body);

        Assert.Equal(status, (int)answer.Status);
        if (field is not null)
        {
            Assert.Equal(field, answer.Json.GetProperty("field").GetString());
        }

        Assert.Equal(200, (int)(await http.ExecuteAsync("abc123", other.Token.Reveal(), "{}")).Status);
    }

    [Fact]
    public async Task A_key_of_somebody_else_is_not_found()
    {
        await using var app = PortalApp.Start();
        var manager = await app.KeyAsync(Given.Settings("manager"), owner: "user@example.test", administrator: false);
        var other = await app.KeyAsync(Given.Settings("other"));
        using var http = app.Http();

        Assert.Equal(404, (int)(await http.SendPostAsync($"/v1/keys/{other.Key.Id}/report-compromised", manager.Token.Reveal())).Status);
    }

    [Fact]
    public async Task The_report_downloads_as_Markdown_and_JSON_and_that_is_recorded()
    {
        await using var app = PortalApp.Start();
        using var portal = await app.SignInAsync();
        var key = await app.KeyAsync(owner: SignedInClient.AdminEmail);
        var path = $"/settings/api-keys/{key.Key.Id}/incident/report";
        Assert.Equal(404, (int)(await portal.SendGetAsync($"{path}?format=md", null)).Status);
        using var http = app.Http();
        await http.SendPostAsync($"/v1/keys/{key.Key.Id}/report-compromised", key.Token.Reveal(), """{"replace":false}""");

        var markdown = await portal.SendGetAsync($"{path}?format=md", null);
        var json = await portal.SendGetAsync($"{path}?format=json", null);

        Assert.StartsWith("# Incident report: API key erp-order-sync-production", markdown.Body, StringComparison.Ordinal);
        Assert.Equal(key.Key.Id, json.Json.GetProperty("key").GetProperty("id").GetString());
        Assert.Equal($"attachment; filename=incident-{key.Key.Id}.json; filename*=UTF-8''incident-{key.Key.Id}.json", json.Header("Content-Disposition"));
        Assert.Equal(400, (int)(await portal.SendGetAsync($"{path}?format=pdf", null)).Status);
        var actions = (await app.Get<AuditLog>().ForSubjectAsync("api_key", key.Key.Id, 0, 10, Cancel)).Items.Select(e => e.Action);
        Assert.Equal(2, actions.Count(a => a == "api_key.incident_exported"));
    }

    [Fact]
    public async Task The_gitleaks_file_downloads_for_people_who_are_signed_in()
    {
        await using var app = PortalApp.Start();
        using var portal = await app.SignInAsync();
        using var nobody = app.Http();

        Assert.Contains("[[rules]]", (await portal.SendGetAsync("/settings/leaks/gitleaks.toml", null)).Body, StringComparison.Ordinal);
        Assert.Equal(302, (int)(await nobody.SendGetAsync("/settings/leaks/gitleaks.toml", null)).Status);
    }
}
