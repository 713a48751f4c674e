using AngleSharp.Dom;
using Bunit;
using FactoryThread.Portal.Data.Model;
using FactoryThread.Portal.Features.ApiKeys.Model;
using FactoryThread.Portal.Features.ApiKeys.Pages;
using MudBlazor;

namespace FactoryThread.Portal.Tests.Features.ApiKeys.Pages;

public sealed class CreateKeyDialogTests : KeyPagesContext
{
    [Theory]
    [InlineData("All flows", KeyPermission.FullAccess)]
    [InlineData("Specific flows", KeyPermission.SpecificFlows)]
    [InlineData("Read-only", KeyPermission.ReadOnly)]
    public async Task Each_permission_makes_a_key_of_that_permission(string label, KeyPermission permission)
    {
        Open();
        Type("Key name", "erp-order-sync-production");
        Choose(label);
        if (permission == KeyPermission.SpecificFlows)
        {
            Dialogs.FindAll(".list label").First(l => l.TextContent.Contains(Flow, StringComparison.Ordinal)).QuerySelector("input")!.Change(true);
        }

        Press(Dialogs, "Generate Key");

        Dialogs.WaitForAssertion(() => Assert.Contains("Save your API key", Dialogs.Markup, StringComparison.Ordinal));
        var key = (await Keys.GetAsync(Assert.Single(await AllAsync()).Id, Me, Cancellation)).Require();
        Assert.Equal((permission, KeyEnvironment.Live, "erp-order-sync-production"), (key.Permission, key.Environment, key.Name));
        Assert.Equal(permission == KeyPermission.SpecificFlows ? [Flow] : [], key.Flows);
    }

    [Fact]
    public async Task A_refused_field_is_named_at_the_field_and_nothing_typed_is_lost()
    {
        Open();
        Type("Key name", "erp-order-sync-production");
        Type("Description", "Used by the ERP system");
        Choose("Test");
        Choose("Specific flows");
        Type("Allowed networks", "10.0.0.0/8");

        Press(Dialogs, "Generate Key");

        Dialogs.WaitForAssertion(() => Assert.Contains("Choose at least one flow", Dialogs.Find(".flows .error").TextContent, StringComparison.Ordinal));
        Assert.Equal("erp-order-sync-production", Field("Key name").GetAttribute("value"));
        Assert.Equal("Used by the ERP system", Field("Description").GetAttribute("value"));
        Assert.Equal("10.0.0.0/8", Field("Allowed networks").GetAttribute("value"));
        Assert.True(Field("Test").HasAttribute("checked"));
        Assert.Empty(await AllAsync());
    }

    [Fact]
    public void What_was_typed_before_Cancel_can_be_taken_up_again()
    {
        Open();
        Type("Key name", "erp-order-sync-production");
        Choose("Test");

        Press(Dialogs, "Cancel");
        Dialogs.WaitForAssertion(() => Assert.Empty(Dialogs.FindAll("[role=dialog]")));
        Snackbars.WaitForAssertion(() => Assert.Contains("No key was created.", Snackbars.Markup, StringComparison.Ordinal));
        Press(Snackbars, "Continue");

        Dialogs.WaitForAssertion(() => Assert.Equal("erp-order-sync-production", Field("Key name").GetAttribute("value")));
        Assert.True(Field("Test").HasAttribute("checked"));

        // At once again, while the first offer still fades; and there is never more than one.
        Press(Dialogs, "Cancel");
        Snackbars.WaitForAssertion(() => Assert.Single(Snackbars.FindAll("button"), b => b.TextContent.Trim() == "Continue"));
        Press(Snackbars, "Continue");
        Dialogs.WaitForAssertion(() => Assert.Equal("erp-order-sync-production", Field("Key name").GetAttribute("value")));
    }

    [Fact]
    public void Nothing_is_said_where_nothing_was_typed()
    {
        Open();

        Press(Dialogs, "Cancel");

        Dialogs.WaitForAssertion(() => Assert.Empty(Dialogs.FindAll("[role=dialog]")));
        Assert.DoesNotContain("No key was created.", Snackbars.Markup, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Whose_session_ends_under_the_open_dialog_is_refused_and_loses_nothing_typed()
    {
        Open();
        Type("Key name", "erp-order-sync-production");
        Choose("Read-only");
        await EndSessionAsync();

        Press(Dialogs, "Generate Key");

        Dialogs.WaitForAssertion(() => Assert.Contains("You are no longer signed in", Dialogs.Markup, StringComparison.Ordinal));
        Assert.Equal("erp-order-sync-production", Field("Key name").GetAttribute("value"));
        Assert.Empty(await AllAsync());
    }

    [Fact]
    public async Task Whose_role_shrinks_under_the_open_dialog_is_refused()
    {
        Open();
        Type("Key name", "erp-order-sync-production");
        Choose("Read-only");
        await DemoteAsync(PortalRole.Viewer);

        Press(Dialogs, "Generate Key");

        Dialogs.WaitForAssertion(() => Assert.Contains("You are a viewer", Dialogs.Markup, StringComparison.Ordinal));
        Assert.Empty(await AllAsync());
    }

    [Fact]
    public async Task An_empty_name_and_a_wrong_network_are_both_told_in_turn()
    {
        Open();
        Choose("Read-only");
        Press(Dialogs, "Generate Key");
        Dialogs.WaitForAssertion(() => Assert.Contains("Give the key a name", Dialogs.Find(".field .error").TextContent, StringComparison.Ordinal));

        Type("Key name", "erp-reporting");
        Type("Allowed networks", "10.0.0.0/99");
        Press(Dialogs, "Generate Key");

        Dialogs.WaitForAssertion(() => Assert.Contains("10.0.0.0/99", Dialogs.Find(".limits .error").TextContent, StringComparison.Ordinal));
        Assert.True(Dialogs.Find(".limits").HasAttribute("open"));
        Assert.Empty(await AllAsync());
    }

    [Fact]
    public async Task A_key_pasted_into_a_note_is_refused_and_not_repeated()
    {
        var secret = ApiKeyToken.Create(KeyEnvironment.Live).Reveal();
        Open();
        Type("Key name", "erp-reporting");
        Type("Description", $"the old key was {secret}");
        Choose("Read-only");

        Press(Dialogs, "Generate Key");

        Dialogs.WaitForAssertion(() => Assert.Contains("Keys are never stored here", Dialogs.Find(".error").TextContent, StringComparison.Ordinal));
        Assert.DoesNotContain(secret, Dialogs.Find(".error").TextContent, StringComparison.Ordinal);
        Assert.Empty(await AllAsync());
    }

    [Fact]
    public async Task A_double_click_on_Generate_makes_one_key()
    {
        Open();
        Type("Key name", "erp-reporting");
        Choose("Read-only");
        var generate = Dialogs.FindComponents<MudButton>().Single(b => b.Markup.Contains("Generate Key", StringComparison.Ordinal)).Instance.OnClick;

        await Dialogs.InvokeAsync(() => Task.WhenAll(generate.InvokeAsync(), generate.InvokeAsync()));

        Dialogs.WaitForAssertion(() => Assert.Contains("Save your API key", Dialogs.Markup, StringComparison.Ordinal));
        Assert.Single(await AllAsync());
    }

    [Fact]
    public void The_name_is_judged_while_it_is_typed()
    {
        Open();

        Type("Key name", "key1");
        Assert.Contains("Too vague", Dialogs.Find("[id$=name-advice]").TextContent, StringComparison.Ordinal);

        Type("Key name", "erp-order-sync-production");
        Assert.Contains("Says who uses it", Dialogs.Find("[id$=name-advice]").TextContent, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_name_that_exists_is_warned_of_once_the_typing_pauses()
    {
        await KeyAsync("erp-order-sync-production");
        Open();

        Type("Key name", "ERP-order-sync-production");
        Clock.Advance(TimeSpan.FromSeconds(1));

        Dialogs.WaitForAssertion(() => Assert.Contains("Another key already has this name", Dialogs.Markup, StringComparison.Ordinal));
    }

    [Fact]
    public void The_key_type_recommends_a_rotation_and_preselects_the_expiration_with_its_date()
    {
        Open();
        Assert.Contains("Ends 22 Feb 2027, 12:00 (UTC).", Dialogs.Markup, StringComparison.Ordinal);

        Field("Key type").Change("Development");

        Assert.Contains("every 30 days", Dialogs.Markup, StringComparison.Ordinal);
        Assert.True(Field("30 days").HasAttribute("checked"));
        Assert.Contains("Ends 24 Dec 2026, 12:00 (UTC).", Dialogs.Markup, StringComparison.Ordinal);

        Choose("No expiration");
        Assert.Contains("Not recommended for production", Dialogs.Markup, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task A_link_prefills_the_dialog_and_leaves_a_clean_address()
    {
        Navigation.NavigateTo($"/settings/api-keys?name=mes-bridge&permission=specific_flows&flow={Flow}");
        Show<KeyListPage>();
        Dialogs.WaitForAssertion(() => Assert.Equal("mes-bridge", Field("Key name").GetAttribute("value")));

        Assert.EndsWith("/settings/api-keys", Navigation.Uri, StringComparison.Ordinal);
        Press(Dialogs, "Generate Key");

        Dialogs.WaitForAssertion(() => Assert.Contains("Save your API key", Dialogs.Markup, StringComparison.Ordinal));
        Assert.Equal([Flow], (await Keys.GetAsync(Assert.Single(await AllAsync()).Id, Me, Cancellation)).Require().Flows);
    }

    private void Open()
    {
        Navigation.NavigateTo("/settings/api-keys");
        var page = Show<KeyListPage>();
        page.WaitForAssertion(() => Assert.DoesNotContain("Loading keys", page.Markup, StringComparison.Ordinal));
        Press(page, () => page.Find("[data-create]"));
        Dialogs.WaitForAssertion(() => Assert.NotNull(Field("Key name")));
    }

    private IElement Field(string label)
    {
        var named = Dialogs.FindAll("label").First(l => l.TextContent.Trim() == label);
        return named.GetAttribute("for") is { } id ? Dialogs.Find($"#{id}") : named.QuerySelector("input")!;
    }

    private void Type(string label, string text) => Field(label).Input(text);

    private void Choose(string label) => Field(label).Change("on");
}
