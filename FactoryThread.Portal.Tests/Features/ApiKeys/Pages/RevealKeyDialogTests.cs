using Bunit;
using FactoryThread.Portal.Features.ApiKeys.Model;
using FactoryThread.Portal.Features.ApiKeys.Pages;
using Microsoft.Extensions.DependencyInjection;
using MudBlazor;

namespace FactoryThread.Portal.Tests.Features.ApiKeys.Pages;

public sealed class RevealKeyDialogTests : KeyPagesContext
{
    private OneTimeKey _value = null!;
    private string _secret = "";
    private Task _shown = Task.CompletedTask;

    [Fact]
    public async Task The_value_goes_to_the_browser_once_and_stands_in_no_markup()
    {
        await OpenAsync();

        Assert.Equal(_secret, Assert.Single(JSInterop.Invocations, i => i.Identifier == "open").Arguments[1]);
        Assert.DoesNotContain(_secret, Everything(), StringComparison.Ordinal);
        Assert.Contains("ft_live_••••", Dialogs.Markup, StringComparison.Ordinal);
        Assert.Contains("This is the only time the full key is shown.", Dialogs.Markup, StringComparison.Ordinal);
        Assert.Contains($"/flows/{Flow}/execute", Dialogs.Find("[data-example]").TextContent, StringComparison.Ordinal);
        Assert.True(_value.IsEmpty);
    }

    [Fact]
    public async Task Closing_without_copying_asks_and_Stay_keeps_the_dialog()
    {
        await OpenAsync();
        Press(Dialogs, "Done");
        Dialogs.WaitForAssertion(() => Assert.Contains("Close without copying?", Dialogs.Markup, StringComparison.Ordinal));

        Press(Dialogs, "Stay");

        Dialogs.WaitForAssertion(() => Assert.DoesNotContain("Close without copying?", Dialogs.Markup, StringComparison.Ordinal));
        Assert.Contains("Save your API key", Dialogs.Markup, StringComparison.Ordinal);
        Assert.False(_shown.IsCompleted);
        Assert.DoesNotContain(JSInterop.Invocations, i => i.Identifier == "close");
    }

    [Fact]
    public async Task Close_anyway_makes_the_browser_forget_the_value_and_leaves_nothing_behind()
    {
        await OpenAsync();
        Press(Dialogs, "Done");
        Dialogs.WaitForAssertion(() => Assert.Contains("Close without copying?", Dialogs.Markup, StringComparison.Ordinal));

        Press(Dialogs, "Close anyway");

        await _shown.WaitAsync(TimeSpan.FromSeconds(10), Cancellation);
        Assert.Single(JSInterop.Invocations, i => i.Identifier == "close");
        Assert.True(_value.IsEmpty);
        Assert.Null(_value.Take());
        Assert.DoesNotContain(_secret, Everything(), StringComparison.Ordinal);
        Assert.DoesNotContain("Save your API key", Dialogs.Markup, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Escape")]
    [InlineData("outside")]
    public async Task Esc_and_a_click_outside_ask_too(string way)
    {
        await OpenAsync();

        if (way == "Escape")
        {
            // Not awaited: the answer comes with the next dialog.
            _ = Dialogs.FindComponent<RevealPanel>().Instance.EscapeAsync();
        }
        else
        {
            Press(Dialogs, () => Dialogs.Find(".mud-overlay"));
        }

        Dialogs.WaitForAssertion(() => Assert.Contains("Close without copying?", Dialogs.Markup, StringComparison.Ordinal));
        Assert.False(_shown.IsCompleted);
    }

    [Fact]
    public async Task A_link_in_the_portal_is_held_back_until_the_person_agrees()
    {
        await OpenAsync();
        var before = Navigation.Uri;

        Navigation.NavigateTo("/workspace/flows");

        Dialogs.WaitForAssertion(() => Assert.Contains("Close without copying?", Dialogs.Markup, StringComparison.Ordinal));
        Assert.Equal(before, Navigation.Uri);

        Press(Dialogs, "Close anyway");

        Dialogs.WaitForAssertion(() => Assert.EndsWith("/workspace/flows", Navigation.Uri, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Once_copied_it_closes_without_a_question_and_notes_where_the_key_is_kept()
    {
        await OpenAsync();
        await Dialogs.FindComponent<RevealPanel>().Instance.MarkSavedAsync();
        Dialogs.Find("input[id^=stored]").Input("Vault, path integrations/erp");

        Press(Dialogs, "Done");

        await _shown.WaitAsync(TimeSpan.FromSeconds(10), Cancellation);
        Assert.Equal("Vault, path integrations/erp", (await Keys.GetAsync(_value.Key.Id, Me, Cancellation)).Require().StoredIn);
    }

    [Fact]
    public async Task The_key_itself_is_not_accepted_as_the_place_where_it_is_kept()
    {
        await OpenAsync();
        await Dialogs.FindComponent<RevealPanel>().Instance.MarkSavedAsync();
        Dialogs.Find("input[id^=stored]").Input(_secret);

        Press(Dialogs, "Done");

        Dialogs.WaitForAssertion(() => Assert.Contains("This contains the key itself", Dialogs.Markup, StringComparison.Ordinal));
        Assert.Null((await Keys.GetAsync(_value.Key.Id, Me, Cancellation)).Require().StoredIn);
    }

    private async Task OpenAsync()
    {
        var revealed = await KeyAsync(with: s => s with { Permission = KeyPermission.SpecificFlows, Flows = [Flow] });
        _secret = revealed.Token.Reveal();
        _value = new OneTimeKey(revealed);
        await Dialogs.InvokeAsync(() => { _shown = RevealKeyDialog.ShowAsync(Services.GetRequiredService<IDialogService>(), _value, Flow); });
        Dialogs.WaitForAssertion(() => Assert.Single(JSInterop.Invocations, i => i.Identifier == "open"));
    }
}
