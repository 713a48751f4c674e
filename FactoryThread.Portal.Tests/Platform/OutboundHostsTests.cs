using System.Net;
using System.Text.Json;
using FactoryThread.Portal.Features.Alerts;
using FactoryThread.Portal.Features.Alerts.Model;
using FactoryThread.Portal.Features.ApiKeys.Model;
using FactoryThread.Portal.Features.Flows;
using FactoryThread.Portal.Features.Flows.Model;
using FactoryThread.Portal.Platform;
using FactoryThread.Portal.Tests.Features.Alerts;
using FactoryThread.Portal.Tests.Features.Flows;
using FactoryThread.Portal.Tests.Infrastructure;
using Microsoft.Extensions.Options;

namespace FactoryThread.Portal.Tests.Platform;

/// <summary>Where an installation lists the hosts that it may call, it calls no other.</summary>
public sealed class OutboundHostsTests
{
    private const string Allowed = "https://erp.example.com/orders";
    private const string Refused = "http://169.254.169.254/latest/meta-data";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("https://erp.example.com/orders", true)]
    [InlineData("https://ERP.example.com.:8443/orders", true)]
    [InlineData("https://example.com/", false)]
    [InlineData("https://erp.example.com.evil.test/", false)]
    [InlineData("https://plant.mes.example.org/", true)]
    [InlineData("https://mes.example.org/", false)]
    [InlineData("https://evilmes.example.org/", false)]
    [InlineData("http://10.20.4.17/", true)]
    [InlineData("http://[::ffff:10.20.4.17]/", true)]
    [InlineData("http://0x0a.20.4.17/", true)]
    [InlineData("http://10.21.0.1/", false)]
    [InlineData("http://[fd00::17]/", true)]
    [InlineData("http://[fd00::18]/", false)]
    [InlineData("http://169.254.169.254/", false)]
    [InlineData("http://169.254.169.254./", false)]
    [InlineData("http://2852039166/", false)]
    [InlineData("http://\uff11\uff10.20.4.17/", true)]
    [InlineData("https://m\u00fcller.example/", true)]
    [InlineData("https://xn--mller-kva.example/", true)]
    [InlineData("https://muller.example/", false)]
    [InlineData("https://press.example/", true)]
    [InlineData("http://127.0.0.1/", false)]
    [InlineData("http://localhost/", false)]
    public void A_name_those_below_one_an_address_and_a_network_are_told_apart(string address, bool allowed)
    {
        var portal = new PortalOptions { OutboundHosts = ["erp.example.com", "*.mes.example.org", "10.20.0.0/16", "fd00::17", "M\u00fcller.example", "press.example."] };

        Assert.Equal(allowed, portal.RefusesToCall(new Uri(address)) is null);
    }

    [Fact]
    public void Without_a_list_every_host_may_be_called() => Assert.Null(new PortalOptions().RefusesToCall(new Uri(Refused)));

    [Theory]
    [InlineData("https://erp.example.com")]
    [InlineData("*")]
    [InlineData("10")]
    [InlineData("10.20")]
    [InlineData("10.20.4.17/16")]
    [InlineData("::ffff:10.20.4.17")]
    [InlineData("erp.example.com:8443")]
    [InlineData("erp.example.com, mes.example.com")]
    [InlineData("")]
    public void An_entry_that_would_never_match_or_match_something_else_is_named(string entry)
    {
        var result = new ValidatePortalOptions().Validate(null, new PortalOptions { OutboundHosts = ["erp.example.com", entry] });

        Assert.Contains($"Portal:OutboundHosts has '{entry}'", Assert.Single(result.Failures!), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_flow_a_connection_and_a_webhook_take_no_other_host()
    {
        await using var app = PortalApp.Start(settings: Only("erp.example.com"));
        var flows = app.Get<FlowService>();
        var settings = new FlowSettings { Name = "Orders", Live = FlowTarget.Of(Allowed), Test = FlowTarget.Echo };
        (await flows.CreateAsync("orders", settings, Caller.CommandLine, Cancel)).Require();

        var live = (await flows.UpdateAsync("orders", s => s with { Live = FlowTarget.Of(Refused) }, Caller.CommandLine, Cancel)).Failure;
        var test = (await flows.UpdateAsync("orders", s => s with { Test = FlowTarget.Of(Refused) }, Caller.CommandLine, Cancel)).Failure;
        var connection = (await app.Get<ConnectionService>().CreateAsync(new ConnectionSettings { Name = "Cloud", BaseAddress = Refused }, Caller.CommandLine, Cancel)).Failure;
        var webhook = (await app.Get<AlertChannelService>().SaveAsync(null, Hook(Refused), Caller.CommandLine, Cancel)).Failure;

        Assert.Equal(["live", "test", "baseAddress", "target"], new[] { live, test, connection, webhook }.Select(failure => failure?.Field));
        Assert.Contains("169.254.169.254", live!.Message, StringComparison.Ordinal);
        Assert.Contains("Portal:OutboundHosts", live.Message, StringComparison.Ordinal);
        (await app.Get<ConnectionService>().CreateAsync(new ConnectionSettings { Name = "ERP", BaseAddress = Allowed }, Caller.CommandLine, Cancel)).Require();
        (await app.Get<AlertChannelService>().SaveAsync(null, Hook(Allowed), Caller.CommandLine, Cancel)).Require();
    }

    [Fact]
    public async Task A_flow_whose_host_is_no_longer_allowed_is_not_called_and_can_still_be_withdrawn()
    {
        await using var target = await TargetServer.StartAsync();
        await using var rig = await GatewayRig.StartAsync();
        await rig.TargetAsync("abc123", target.Address);
        var key = await rig.KeyAsync();
        AllowFromNowOn(rig.App.Get<IOptions<PortalOptions>>().Value);

        using var answer = await rig.ExecuteAsync(key, "{}");

        Assert.Equal(HttpStatusCode.BadGateway, answer.StatusCode);
        using var problem = JsonDocument.Parse(await answer.Content.ReadAsStringAsync(Cancel));
        Assert.Contains("may not call the target's host", problem.RootElement.GetProperty("detail").GetString(), StringComparison.Ordinal);
        Assert.DoesNotContain("127.0.0.1", problem.RootElement.GetProperty("detail").GetString(), StringComparison.Ordinal);
        Assert.Empty(target.Requests);
        Assert.False((await rig.App.Get<FlowService>().PublishAsync("abc123", false, Caller.CommandLine, Cancel)).Require().Published);
    }

    [Fact]
    public async Task A_connection_whose_host_is_no_longer_allowed_gets_no_call_and_no_secret_and_can_still_be_renamed()
    {
        await using var target = await TargetServer.StartAsync();
        await using var rig = await GatewayRig.StartAsync();
        var connections = rig.App.Get<ConnectionService>();
        var settings = new ConnectionSettings { Name = "ERP", BaseAddress = target.Address, Headers = [new SecretHeader("X-Api-Key", "s3cret")] };
        var connection = (await connections.CreateAsync(settings, Caller.CommandLine, Cancel)).Require();
        (await rig.App.Get<FlowService>().UpdateAsync("abc123", s => s with { Live = new FlowTarget("orders", connection.Id) }, Caller.CommandLine, Cancel)).Require();
        var key = await rig.KeyAsync();
        AllowFromNowOn(rig.App.Get<IOptions<PortalOptions>>().Value);

        using var answer = await rig.ExecuteAsync(key, "{}");

        Assert.Equal(HttpStatusCode.BadGateway, answer.StatusCode);
        Assert.Empty(target.Requests);
        var renamed = settings with { Name = "Old ERP", Headers = [new SecretHeader("X-Api-Key", null)] };
        Assert.Equal("Old ERP", (await connections.UpdateAsync(connection.Id, renamed, Caller.CommandLine, Cancel)).Require().Name);
    }

    [Fact]
    public async Task A_webhook_whose_host_is_no_longer_allowed_gets_its_message_once_it_is_again()
    {
        await using var receiver = await TargetServer.StartAsync();
        await using var rig = await AlertRig.StartAsync();
        (await rig.Channels.SaveAsync(null, Hook(receiver.Address), Caller.CommandLine, Cancel)).Require();
        var portal = rig.Get<IOptions<PortalOptions>>().Value;
        AllowFromNowOn(portal);
        rig.Call(await rig.KeyAsync(change: s => s with { PerDay = 100, PerMinute = 1000 }), 100);
        await rig.RunAsync();

        await rig.Dispatcher.DeliverDueAsync(Cancel);

        Assert.Empty(receiver.Requests);
        var latest = Assert.Single((await rig.Channels.ListAsync(Caller.CommandLine, Cancel)).Require()).Latest!;
        Assert.Contains("This portal may not call 127.0.0.1.", latest.LastError, StringComparison.Ordinal);
        portal.OutboundHosts = ["127.0.0.1"];
        rig.Time.Advance(AlertMessage.Pauses[0] + TimeSpan.FromSeconds(1));
        await rig.Dispatcher.DeliverDueAsync(Cancel);
        Assert.Single(receiver.Requests);
    }

    [Fact]
    public async Task A_channel_whose_host_is_no_longer_allowed_can_be_changed_and_switched_off_but_not_on_again()
    {
        await using var rig = await AlertRig.StartAsync();
        var hook = Hook(Refused);
        var id = (await rig.Channels.SaveAsync(null, hook, Caller.CommandLine, Cancel)).Require().Id;
        AllowFromNowOn(rig.Get<IOptions<PortalOptions>>().Value);

        (await rig.Channels.SaveAsync(id, hook with { Pace = ChannelPace.DailyDigest }, Caller.CommandLine, Cancel)).Require();
        Assert.Equal("target", (await rig.Channels.TestAsync(id, hook, Caller.CommandLine, Cancel)).Failure?.Field);
        (await rig.Channels.SaveAsync(id, hook with { Enabled = false }, Caller.CommandLine, Cancel)).Require();

        Assert.Equal("target", (await rig.Channels.SaveAsync(id, hook, Caller.CommandLine, Cancel)).Failure?.Field);
        Assert.Equal("target", (await rig.Channels.SaveAsync(null, hook, Caller.CommandLine, Cancel)).Failure?.Field);
    }

    private static Dictionary<string, string?> Only(string host) => new() { ["Portal:OutboundHosts:0"] = host };

    /// <summary>As after a start with this list.</summary>
    private static void AllowFromNowOn(PortalOptions portal) => portal.OutboundHosts = ["erp.example.com"];

    private static ChannelSettings Hook(string address)
        => new(ChannelType.Webhook, address, ChannelPace.AtOnce, AlertLevel.Notice, Secret: ChannelSettings.NewSecret());
}
