using System.Security.Claims;
using Bunit;
using Bunit.TestDoubles;
using FactoryThread.Portal.Features.Accounts;
using FactoryThread.Portal.Features.Alerts;
using FactoryThread.Portal.Features.Alerts.Delivery;
using FactoryThread.Portal.Features.Alerts.Model;
using FactoryThread.Portal.Features.Alerts.Pages;
using FactoryThread.Portal.Tests.Builders;
using FactoryThread.Portal.Tests.Features.Alerts.Delivery;
using FactoryThread.Portal.Tests.Infrastructure;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace FactoryThread.Portal.Tests.Features.Alerts.Pages;

/// <summary>The alert pages over the product's own services and database, with a mail server and an administrator signed in.</summary>
public abstract class AlertPagesContext : PortalBunitContext, IAsyncLifetime
{
    private BunitAuthorizationContext _session = null!;

    protected PortalApp App { get; private set; } = null!;

    private protected SmtpServer Smtp { get; } = new();

    public async ValueTask InitializeAsync()
    {
        App = PortalApp.Start(Clock, new()
        {
            ["Alerts:Smtp:Host"] = "127.0.0.1",
            ["Alerts:Smtp:Port"] = $"{Smtp.Port}",
            ["Alerts:Smtp:From"] = "portal@example.test",
            ["Alerts:Smtp:Security"] = "None",
        });
        foreach (var service in new object[] { App.Get<AlertService>(), App.Get<AlertRuleService>(), App.Get<AlertChannelService>(), App.Get<AlertFeed>(), App.Get<MailSender>(), App.Get<UserService>() })
        {
            Services.AddSingleton(service.GetType(), service);
        }

        Services.AddScoped<RequestCaller>();
        Services.AddScoped<CurrentUser>();
        _session = AddAuthorization();
        await SignInAsync((await App.UserAsync("ada@example.test")).Id);
        SetRendererInfo(new RendererInfo("Server", isInteractive: true));
    }

    public new async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        await App.DisposeAsync();
        await Smtp.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    protected IRenderedComponent<AlertsPage> Open(string tab)
    {
        Services.GetRequiredService<NavigationManager>().NavigateTo("/settings/alerts" + (tab.Length == 0 ? "" : $"?tab={tab}"));
        var page = Show<AlertsPage>();
        page.WaitForAssertion(() => Assert.Empty(page.FindAll(".loading")));
        return page;
    }

    protected IReadOnlyList<AngleSharp.Dom.IElement> Inputs() => Dialogs.FindAll("input[type=text]");

    protected async Task RaiseAsync(int count, string key = "key")
    {
        for (var i = 1; i <= count; i++)
        {
            await RaiseAsync(key: $"{key}_{i}");
        }
    }

    protected async Task RaiseAsync(
        AlertLevel level = AlertLevel.Warning, string key = "key_1", AlertKind kind = AlertKind.UnusualRate, string action = "Look at its requests")
    {
        await using var db = await App.Contexts.CreateDbContextAsync(Cancellation);
        db.Add(Alert.Raise(
            new Finding(kind, level, key, "erp", "2026112412", "erp made 450 requests.", action, $"/settings/api-keys/{key}?tab=requests", Clock.GetUtcNow()) { KeyId = key },
            Clock.GetUtcNow()));
        await db.SaveChangesAsync(Cancellation);
    }

    protected async Task RaiseManyAsync(AlertKind kind, int count)
    {
        await using var db = await App.Contexts.CreateDbContextAsync(Cancellation);
        db.AddRange(Enumerable.Range(1, count).Select(i => Alert.Raise(
            new Finding(kind, AlertLevel.Warning, $"key_{i}", "erp", "2026112412", "erp made 450 requests.", "Look", "/", Clock.GetUtcNow()) { KeyId = $"key_{i}" },
            Clock.GetUtcNow())));
        await db.SaveChangesAsync(Cancellation);
    }

    protected async Task SignInAsync(string userId)
    {
        await using var db = await App.Contexts.CreateDbContextAsync(Cancellation);
        var user = await db.Users.SingleAsync(u => u.Id == userId, Cancellation);
        var claims = new ClaimsIdentityOptions();
        _session.SetAuthorized(user.Email!).SetClaims(new Claim(claims.UserIdClaimType, userId), new Claim(claims.SecurityStampClaimType, user.SecurityStamp!));
    }
}
