using Bunit;
using FactoryThread.Portal.Data;
using FactoryThread.Portal.Data.Model;
using FactoryThread.Portal.Features.ApiKeys.Model;
using FactoryThread.Portal.Features.Workspace;
using FactoryThread.Portal.Features.Workspace.Pages;
using FactoryThread.Portal.Tests.Features.ApiKeys.Pages;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace FactoryThread.Portal.Tests.Features.Workspace.Pages;

public sealed class WorkspacePageTests : KeyPagesContext
{
    private WorkspaceService Workspace => Services.GetRequiredService<WorkspaceService>();

    [Fact]
    public async Task An_administrator_changes_the_schedule()
    {
        var page = Show<WorkspacePage>();
        Assert.Equal(["90", "180", "30", "90", "90"], page.FindAll("input[type=text]").Select(i => i.GetAttribute("value")));

        page.FindAll("input")[1].Input("120");
        page.FindAll("input")[4].Input("45");
        await page.Find("form").SubmitAsync();

        page.WaitForAssertion(() => Assert.Contains("The settings are saved", Snackbars.Markup, StringComparison.Ordinal));
        var now = await Workspace.GetAsync(Cancellation);
        Assert.Equal((RotationSchedule.Recommended with { Partner = 120 }, 45), (now.Rotation, now.UnusedDays));
        Press(page, "Use the recommended values");
        await page.Find("form").SubmitAsync();
        Assert.Equal(RotationSchedule.Recommended, (await Workspace.GetAsync(Cancellation)).Rotation);
    }

    [Fact]
    public async Task An_administrator_lets_operators_manage_all_keys()
    {
        var page = Show<WorkspacePage>();
        Assert.True(page.FindAll("input[type=radio]")[0].HasAttribute("checked"));

        page.FindAll("input[type=radio]")[1].Change(true);
        await page.FindAll("form")[1].SubmitAsync();

        page.WaitForAssertion(() => Assert.Contains("The settings are saved", Snackbars.Markup, StringComparison.Ordinal));
        Assert.True((await Workspace.GetAsync(Cancellation)).OperatorsReachAllKeys);
    }

    [Fact]
    public async Task Two_administrators_do_not_overwrite_each_other()
    {
        var page = Show<WorkspacePage>();
        page.FindAll("input[type=radio]")[1].Change(true);
        (await Workspace.ChangeAsync(RotationSchedule.Recommended with { Partner = 120 }, 45, 0, Me, Cancellation)).Require();

        await page.FindAll("form")[1].SubmitAsync();

        page.WaitForAssertion(() => Assert.Contains("Somebody changed these settings meanwhile", page.FindAll("form")[1].TextContent, StringComparison.Ordinal));
        Assert.False((await Workspace.GetAsync(Cancellation)).OperatorsReachAllKeys);
    }

    [Theory]
    [InlineData("")]
    [InlineData("0")]
    [InlineData("many")]
    [InlineData("99999999999")]
    public async Task Bad_input_is_told_at_its_field_and_nothing_typed_is_lost(string text)
    {
        var page = Show<WorkspacePage>();
        page.FindAll("input")[0].Input("60");
        page.FindAll("input")[2].Input(text);
        await page.Find("form").SubmitAsync();

        Assert.Equal("Write 1 to 3650 days.", page.Find("[role=alert]").TextContent);
        Assert.Equal(("60", text), (page.FindAll("input")[0].GetAttribute("value"), page.FindAll("input")[2].GetAttribute("value")));
        Assert.Equal("true", page.FindAll("input")[2].GetAttribute("aria-invalid"));
        Assert.Equal(90, (await Workspace.GetAsync(Cancellation)).ProductionDays);
    }

    [Fact]
    public async Task Others_see_it_without_the_buttons()
    {
        await using (var db = await Services.GetRequiredService<IDbContextFactory<PortalDbContext>>().CreateDbContextAsync(Cancellation))
        {
            await db.Users.ExecuteUpdateAsync(set => set.SetProperty(u => u.Role, PortalRole.Operator), Cancellation);
        }

        var page = Show<WorkspacePage>();

        Assert.Contains("Only an administrator can change these settings.", page.Markup, StringComparison.Ordinal);
        Assert.Empty(page.FindAll("button"));
        Assert.All(page.FindAll("input"), i => Assert.True(i.HasAttribute("disabled")));
    }
}
