using Bunit;
using FactoryThread.Portal.Features.ApiKeys.Model;
using FactoryThread.Portal.Features.ApiKeys.Pages;
using FactoryThread.Portal.Features.Incidents.Pages;
using FactoryThread.Portal.Tests.Features.ApiKeys.Pages;

namespace FactoryThread.Portal.Tests.Features.Incidents.Pages;

public sealed class ReportCompromisedTests : KeyPagesContext
{
    [Fact]
    public async Task Numbers_come_first_and_a_live_key_in_use_asks_for_its_name()
    {
        var key = await KeyAsync("erp");
        await CallAsync(key.Key.Id, Clock.GetUtcNow().AddMinutes(-3));
        var page = await OpenAsync(key.Key.Id);

        Dialogs.WaitForAssertion(() => Assert.Contains("1 call since then, from 1 new address and on 1 new flow", Dialogs.Markup, StringComparison.Ordinal));
        Assert.Contains("Used 3 minutes ago from 1 address; 1 call today on 1 flow.", Dialogs.Markup, StringComparison.Ordinal);
        Assert.True(Button(Dialogs, "Revoke and replace").HasAttribute("disabled"));
        Dialogs.FindAll("input[type=text]").Single().Input("erp");
        Assert.False(Button(Dialogs, "Revoke and replace").HasAttribute("disabled"));
        Assert.Equal(KeyStatus.Active, (await Keys.GetAsync(key.Key.Id, Me, Cancellation)).Require().Status);
        Assert.NotNull(page);
    }

    [Fact]
    public async Task The_key_is_revoked_the_replacement_revealed_and_the_incident_shown()
    {
        var key = await KeyAsync("erp");
        await OpenAsync(key.Key.Id);
        Dialogs.Find("textarea").Input("Found in a wiki");

        Press(Dialogs, "Revoke and replace");

        Dialogs.WaitForAssertion(() => Assert.Contains("Save your API key", Dialogs.Markup, StringComparison.Ordinal));
        Assert.Equal(KeyStatus.Revoked, (await Keys.GetAsync(key.Key.Id, Me, Cancellation)).Require().Status);
        Press(Dialogs, "Done");
        Dialogs.WaitForAssertion(() => Button(Dialogs, "Close anyway"));
        Press(Dialogs, "Close anyway");
        Dialogs.WaitForAssertion(() => Assert.EndsWith($"/settings/api-keys/{key.Key.Id}/incident", Navigation.Uri, StringComparison.Ordinal));

        var incident = Show<IncidentPage>(p => p.Add(x => x.Id, key.Key.Id));

        Assert.Contains("Incident: erp", incident.Markup, StringComparison.Ordinal);
        Assert.Contains("Found in a wiki", incident.Markup, StringComparison.Ordinal);
        Assert.Equal(
            [$"/settings/api-keys/{key.Key.Id}/incident/report?format=md", $"/settings/api-keys/{key.Key.Id}/incident/report?format=json"],
            incident.FindAll("a[download]").Select(a => a.GetAttribute("href")));
        var replacement = Assert.Single(await AllAsync(KeyStatus.Active));
        Assert.Equal($"/settings/api-keys/{replacement.Id}", incident.Find(".note a").GetAttribute("href"));
    }

    [Fact]
    public async Task Without_a_replacement_nothing_is_revealed()
    {
        var key = await KeyAsync("erp");
        await OpenAsync(key.Key.Id);
        Dialogs.Find("input[type=checkbox]").Change(false);

        Press(Dialogs, "Revoke key");

        Dialogs.WaitForAssertion(() => Assert.EndsWith("/incident", Navigation.Uri, StringComparison.Ordinal));
        Assert.Empty(await AllAsync(KeyStatus.Active));
    }

    [Fact]
    public async Task What_is_wrong_is_said_in_the_dialog_and_nothing_typed_is_lost()
    {
        var key = await KeyAsync("erp");
        await OpenAsync(key.Key.Id);
        Dialogs.Find("textarea").Input(key.Token.Reveal());

        Press(Dialogs, "Revoke and replace");

        Dialogs.WaitForAssertion(() => Assert.Contains("The note contains an API key", Dialogs.Markup, StringComparison.Ordinal));
        Assert.Equal(KeyStatus.Active, (await Keys.GetAsync(key.Key.Id, Me, Cancellation)).Require().Status);
    }

    [Fact]
    public async Task A_key_that_was_never_reported_has_no_incident()
    {
        var key = await KeyAsync("erp");

        Assert.Contains("never reported", Show<IncidentPage>(p => p.Add(x => x.Id, key.Key.Id)).Markup, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_report_of_others_stands_on_the_key_until_it_is_dismissed()
    {
        var key = await KeyAsync("erp");
        await Leaks.ReceiveAsync([new(key.Token.Reveal(), "t", "https://github.com/x/y", "commit"), new(key.Token.Reveal(), "t", "javascript:alert(1)", null)], null, Cancellation);
        var page = Show<KeyDetailsPage>(p => p.Add(x => x.Id, key.Key.Id));

        var notes = page.FindAll(".note.ba");
        Assert.Equal(2, notes.Count);
        Assert.Contains("Reported as leaked", notes[0].TextContent, StringComparison.Ordinal);
        Assert.Equal("https://github.com/x/y", page.Find(".note.ba a").GetAttribute("href"));
        Assert.Empty(page.FindAll("a[href^=javascript]"));
        Press(page, () => page.FindAll(".note.ba button").First(b => b.TextContent == "Dismiss"));

        page.WaitForAssertion(() => Assert.Single(page.FindAll(".note.ba")));
        Assert.Equal("api_key.leak_report_dismissed", (await Audit.ForSubjectAsync("api_key", key.Key.Id, 0, 1, Cancellation)).Items[0].Action);
        (await Keys.RegenerateAsync(key.Key.Id, Me, Cancellation)).Require();
        Assert.Empty(Show<KeyDetailsPage>(p => p.Add(x => x.Id, key.Key.Id)).FindAll(".note.ba"));
    }

    private async Task<IRenderedComponent<KeyActions>> OpenAsync(string keyId)
    {
        var actions = Show<KeyActions>();
        _ = actions.InvokeAsync(() => actions.Instance.RunAsync(KeyAction.ReportCompromised, keyId));
        Dialogs.WaitForAssertion(() => Assert.Contains("compromised?</h2>", Dialogs.Markup, StringComparison.Ordinal));
        await Task.CompletedTask;
        return actions;
    }
}
