using Bunit;
using FactoryThread.Portal.Components.Layout;
using FactoryThread.Portal.Data.Model;
using FactoryThread.Portal.Features.Accounts;
using FactoryThread.Portal.Features.Alerts.Pages;
using FactoryThread.Portal.Features.ApiKeys.Model;
using FactoryThread.Portal.Features.Audit.Model;
using FactoryThread.Portal.Platform;
using FactoryThread.Portal.Tests.Infrastructure;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Authorization;
using Microsoft.AspNetCore.Components.Forms;
using Microsoft.Extensions.DependencyInjection;

namespace FactoryThread.Portal.Tests.Components.Layout;

public sealed class MainLayoutTests : PortalBunitContext
{
    private readonly RequestCaller _caller = new() { Caller = Caller.CommandLine };

    public MainLayoutTests()
    {
        AddAuthorization().SetAuthorized("m.keller@example.com");
        Services.AddSingleton<AntiforgeryStateProvider>(new OneToken());
        ComponentFactories.AddStub<AlertBell>();
        Services.AddSingleton(_caller);
        // Who is known for the request is not looked up among the users.
        Services.AddScoped(all => new CurrentUser(all.GetRequiredService<AuthenticationStateProvider>(), null!, _caller));
    }

    [Theory]
    [InlineData(PortalRole.Operator)]
    [InlineData(PortalRole.Viewer)]
    public void The_sidebar_has_no_page_that_only_administrators_may_open(PortalRole role)
    {
        _caller.Caller = new Caller(new Actor(ActorKind.User, "u", "u"), "u", role, AllKeys: true);

        var links = Render<MainLayout>().FindAll("nav[aria-label=Main] a").Select(link => link.TextContent.Trim()).ToList();

        Assert.Equal(["Overview", "Flows", "Executions", "Usage", "Alerts", "API Keys", "Rotation", "Leaked keys", "Workspace", "Help"], links);
    }

    [Fact]
    public void The_sidebar_leads_to_every_page_that_works_and_marks_the_one_shown()
    {
        Services.GetRequiredService<NavigationManager>().NavigateTo("/settings/api-keys/key_1?tab=usage");

        var shown = Render<MainLayout>();

        Assert.Equal(
            [
                ("Overview", "/"), ("Flows", "/workspace/flows"), ("Executions", "/workspace/executions"), ("Usage", "/workspace/usage"), ("Alerts", "/settings/alerts"),
                ("API Keys", "/settings/api-keys"), ("Rotation", "/settings/rotation"), ("Connections", "/settings/connections"),
                ("Users", "/settings/users"), ("Leaked keys", "/settings/leaks"), ("Audit log", "/settings/audit-log"), ("Workspace", "/settings/workspace"),
                ("Help", "/help/api-keys"),
            ],
            shown.FindAll("nav[aria-label=Main] a").Select(link => (link.TextContent.Trim(), link.GetAttribute("href")!)));
        Assert.Equal("API Keys", Assert.Single(shown.FindAll("nav [aria-current=page]")).TextContent.Trim());
    }

    [Fact]
    public void Signing_out_is_a_plain_form_that_proves_where_it_comes_from()
    {
        var form = Render<MainLayout>().Find("form");

        Assert.Equal("post", form.GetAttribute("method"));
        Assert.Equal("/account/sign-out", form.GetAttribute("action"));
        Assert.Equal("a-token", form.QuerySelector("input[name=__RequestVerificationToken]")!.GetAttribute("value"));
        Assert.Equal("Sign out", form.QuerySelector("button")!.GetAttribute("aria-label"));
    }

    [Fact]
    public void The_person_sees_who_is_signed_in_and_can_skip_to_the_content()
    {
        var shown = Render<MainLayout>(p => p.Add(x => x.Body, "<h1>Hello</h1>"));

        Assert.Equal("m.keller@example.com", shown.Find(".me a").TextContent);
        Assert.Equal("#content", shown.Find("a.skip").GetAttribute("href"));
        Assert.Equal("Hello", shown.Find("main#content h1").TextContent);
    }

    [Fact]
    public void The_shortcuts_are_named_and_can_be_switched_off()
    {
        var shown = Render<MainLayout>();

        var dialog = shown.Find("dialog#shortcuts");
        Assert.False(dialog.HasAttribute("open"));
        Assert.Equal("Keyboard shortcuts", shown.Find("#" + dialog.GetAttribute("aria-labelledby")).TextContent);
        Assert.Equal(["/", "c", "?", "Esc"], dialog.QuerySelectorAll("dt kbd").Select(key => key.TextContent));
        Assert.NotNull(dialog.QuerySelector("label input[type=checkbox][data-shortcuts-on]"));
        Assert.Equal("Keyboard shortcuts", shown.Find(".sidebar [data-shortcuts]").GetAttribute("aria-label"));
    }

    [Fact]
    public void The_browser_is_asked_for_its_time_zone()
    {
        JSInterop.Setup<string?>("portal.timeZone").SetResult("Europe/Berlin");

        Render<MainLayout>();

        Assert.Equal("Europe/Berlin", Services.GetRequiredService<BrowserTime>().Zone.Id);
    }

    [Fact]
    public async Task A_page_that_fails_leaves_the_frame_standing_and_can_be_tried_again()
    {
        var fails = true;
        var shown = Render<MainLayout>(p => p.Add(x => x.Body, inner => FaultyPage.Render(inner, () => fails)));
        Assert.Contains("could not be shown", shown.Find("main [role=alert]").TextContent, StringComparison.Ordinal);
        Assert.DoesNotContain("secret detail", shown.Markup, StringComparison.Ordinal);

        fails = false;
        await PressAsync(shown, "Try again");
        Assert.Equal("Fine", shown.Find("main h1").TextContent);
    }

    private sealed class OneToken : AntiforgeryStateProvider
    {
        public override AntiforgeryRequestToken GetAntiforgeryToken() => new("a-token", "__RequestVerificationToken");
    }

    private sealed class FaultyPage : ComponentBase
    {
        [Parameter]
        public Func<bool> Fails { get; set; } = null!;

        public static void Render(Microsoft.AspNetCore.Components.Rendering.RenderTreeBuilder builder, Func<bool> fails)
        {
            builder.OpenComponent<FaultyPage>(0);
            builder.AddComponentParameter(1, nameof(Fails), fails);
            builder.CloseComponent();
        }

        protected override void BuildRenderTree(Microsoft.AspNetCore.Components.Rendering.RenderTreeBuilder builder)
            => builder.AddMarkupContent(0, Fails() ? throw new InvalidOperationException("secret detail") : "<h1>Fine</h1>");
    }
}
