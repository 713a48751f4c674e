using System.Net;
using FactoryThread.Portal.Data.Model;
using FactoryThread.Portal.Features.Accounts;
using FactoryThread.Portal.Features.Accounts.Model;
using FactoryThread.Portal.Features.ApiKeys.Model;
using FactoryThread.Portal.Features.Audit.Http;
using FactoryThread.Portal.Tests.Builders;
using FactoryThread.Portal.Tests.Infrastructure;

namespace FactoryThread.Portal.Tests.Features.Accounts;

/// <summary>A role that has to sign in with a second factor.</summary>
public sealed class RequiredSecondFactorTests : IAsyncLifetime
{
    private const string Pages = "/settings/api-keys";
    private const string Operator = "operator@example.test";

    private PortalApp _app = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public ValueTask InitializeAsync()
    {
        _app = PortalApp.Start();
        return ValueTask.CompletedTask;
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    [Fact]
    public async Task Who_has_none_is_led_to_setting_one_up_from_every_page_and_then_goes_on()
    {
        using var admin = await _app.SignInAsync();
        await _app.RequireSecondFactorAsync(PortalRole.Administrator);

        foreach (var page in new[] { "/", Pages, "/account", "/settings/users" })
        {
            using var led = await admin.GetAsync(page, Cancel);
            Assert.Equal("/account/authenticator", led.Headers.Location?.OriginalString);
        }

        var key = SecondFactorTests.KeyOn(await admin.GetStringAsync("/account/authenticator", Cancel));
        using var on = await admin.SubmitAsync("/account/authenticator", "authenticator-on", new() { ["Code"] = AuthenticatorApp.Code(key, steps: 0) });

        using var opened = await admin.GetAsync(Pages, Cancel);
        Assert.Equal(HttpStatusCode.OK, opened.StatusCode);
    }

    [Fact]
    public async Task They_download_nothing_and_open_no_live_page_meanwhile()
    {
        string[] paths = [$"{AuditEndpoints.ExportPath}?format=csv", "/workspace/usage/export?format=csv&kind=daily", "/_blazor/initializers"];
        using var admin = await _app.SignInAsync();
        foreach (var path in paths)
        {
            using var before = await admin.GetAsync(path, Cancel);
            Assert.Equal(HttpStatusCode.OK, before.StatusCode);
        }

        await _app.RequireSecondFactorAsync(PortalRole.Administrator);

        foreach (var path in paths)
        {
            using var refused = await admin.GetAsync(path, Cancel);
            Assert.Equal(HttpStatusCode.Redirect, refused.StatusCode);
        }
    }

    [Fact]
    public async Task Who_has_signed_in_with_a_code_is_not_held_and_roles_below_are_not_asked()
    {
        using var admin = await _app.SignInAsync();
        var key = SecondFactorTests.KeyOn(await admin.GetStringAsync("/account/authenticator", Cancel));
        using (var on = await admin.SubmitAsync("/account/authenticator", "authenticator-on", new() { ["Code"] = AuthenticatorApp.Code(key, steps: 0) }))
        {
            await _app.RequireSecondFactorAsync(PortalRole.Administrator);
        }

        (await _app.Get<UserService>().AddAsync(new NewUser(Operator, SignedInClient.AdminPassword, PortalRole.Operator), Caller.CommandLine, Cancel)).Require();
        using var somebody = await _app.SignInAsync(Operator);
        foreach (var http in new[] { admin, somebody })
        {
            using var opened = await http.GetAsync(Pages, Cancel);
            Assert.Equal(HttpStatusCode.OK, opened.StatusCode);
        }

        await _app.RequireSecondFactorAsync(PortalRole.Operator);
        using var held = await somebody.GetAsync(Pages, Cancel);
        Assert.Equal(HttpStatusCode.Redirect, held.StatusCode);
    }

    [Fact]
    public async Task Turned_off_again_they_are_held_again()
    {
        using var admin = await _app.SignInAsync();
        await _app.RequireSecondFactorAsync(PortalRole.Viewer);
        var key = SecondFactorTests.KeyOn(await admin.GetStringAsync("/account/authenticator", Cancel));
        using (var on = await admin.SubmitAsync("/account/authenticator", "authenticator-on", new() { ["Code"] = AuthenticatorApp.Code(key, steps: 0) }))
        {
            Assert.Equal(HttpStatusCode.OK, on.StatusCode);
        }

        using var off = await admin.SubmitAsync("/account/authenticator", "authenticator-change", new() { ["Code"] = AuthenticatorApp.Code(key, steps: 1), ["Change"] = "off" });

        using var held = await admin.GetAsync(Pages, Cancel);
        Assert.Equal(HttpStatusCode.Redirect, held.StatusCode);
    }
}
