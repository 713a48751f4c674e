using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using FactoryThread.Portal.Features.Alerts.Delivery;
using FactoryThread.Portal.Features.Alerts.Model;
using FactoryThread.Portal.Features.ApiKeys.Model;
using FactoryThread.Portal.Tests.Features.Flows;

namespace FactoryThread.Portal.Tests.Features.Alerts.Delivery;

public sealed class WebhookTests
{
    private static readonly string Secret = ChannelSettings.NewSecret();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public void The_signature_is_that_of_standard_webhooks()
        => Assert.Equal(
            "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
            WebhookSender.Sign("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330", """{"test": 2432232314}"""));

    [Fact]
    public async Task An_alert_is_posted_with_a_signature_that_the_receiver_can_verify()
    {
        await using var receiver = await TargetServer.StartAsync();
        await using var rig = await AlertRig.StartAsync();
        await AddAsync(rig, receiver.Address + "/hooks?token=in-the-address");
        var key = await BreakAsync(rig);

        Assert.Equal(1, await rig.Dispatcher.DeliverDueAsync(Cancel));

        var call = Assert.Single(receiver.Requests);
        var signed = $"{call.Headers["webhook-id"]}.{call.Headers["webhook-timestamp"]}.{call.Text}";
        Assert.Equal("v1," + Convert.ToBase64String(HMACSHA256.HashData(Convert.FromBase64String(Secret[6..]), Encoding.UTF8.GetBytes(signed))), call.Headers["webhook-signature"]);
        Assert.Equal($"{rig.Time.GetUtcNow().ToUnixTimeSeconds()}", call.Headers["webhook-timestamp"]);
        using var body = JsonDocument.Parse(call.Body);
        Assert.Equal("alert.raised", body.RootElement.GetProperty("type").GetString());
        var data = body.RootElement.GetProperty("data");
        Assert.Equal("limit_day", data.GetProperty("kind").GetString());
        Assert.Equal(key.Id, data.GetProperty("keyId").GetString());
        Assert.Equal((await rig.AlertsAsync())[0].Id, data.GetProperty("id").GetInt64());
        Assert.Equal($"https://portal.example.test/settings/api-keys/{key.Id}", data.GetProperty("action").GetProperty("link").GetString());

        // Neither the secret nor a token in the address is anywhere but where it belongs.
        Assert.DoesNotContain(Secret[6..], rig.Logs.AllText, StringComparison.Ordinal);
        Assert.DoesNotContain("in-the-address", rig.Logs.AllText, StringComparison.Ordinal);
        Assert.DoesNotContain(Secret[6..], Encoding.Latin1.GetString(await DatabaseAsync(rig)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_failing_receiver_is_tried_again_with_growing_pauses_and_the_same_id_then_given_up()
    {
        await using var receiver = await TargetServer.StartAsync(context =>
        {
            context.Response.StatusCode = 500;
            return Task.CompletedTask;
        });
        await using var rig = await AlertRig.StartAsync();
        await AddAsync(rig, receiver.Address);
        await BreakAsync(rig);

        foreach (var pause in AlertMessage.Pauses)
        {
            Assert.Equal(1, await rig.Dispatcher.DeliverDueAsync(Cancel));
            rig.Time.Advance(pause - TimeSpan.FromSeconds(1));
            Assert.Equal(0, await rig.Dispatcher.DeliverDueAsync(Cancel));
            rig.Time.Advance(TimeSpan.FromSeconds(1));
        }

        await rig.Dispatcher.DeliverDueAsync(Cancel);
        var message = Assert.Single(await rig.MessagesAsync());
        Assert.Null(message.NextAttemptAt);
        Assert.Equal((8, "The webhook answered 500. Look into the log of its receiver for the reason."), (message.Attempts, message.LastError));
        Assert.Equal(8, receiver.Requests.Count);
        Assert.Single(receiver.Requests.Select(r => r.Headers["webhook-id"]).Distinct());
    }

    [Fact]
    public async Task Each_of_two_alerts_raised_at_once_is_an_event_of_its_own()
    {
        await using var receiver = await TargetServer.StartAsync();
        await using var rig = await AlertRig.StartAsync();
        await AddAsync(rig, receiver.Address);
        rig.WrongKeys("198.51.100.9", 50);
        await BreakAsync(rig);

        Assert.Equal(2, await rig.Dispatcher.DeliverDueAsync(Cancel));

        Assert.Equal((await rig.AlertsAsync()).Select(a => a.Id), receiver.Requests.Select(AlertIdOf).Order());
        Assert.Equal(2, receiver.Requests.Select(r => r.Headers["webhook-id"]).Distinct().Count());

        static long AlertIdOf(TargetServer.Received call)
        {
            using var body = JsonDocument.Parse(call.Body);
            return body.RootElement.GetProperty("data").GetProperty("id").GetInt64();
        }
    }

    [Fact]
    public async Task A_receiver_that_is_gone_is_not_tried_again()
    {
        await using var receiver = await TargetServer.StartAsync(context =>
        {
            context.Response.StatusCode = 410;
            return Task.CompletedTask;
        });
        await using var rig = await AlertRig.StartAsync();
        await AddAsync(rig, receiver.Address);
        await BreakAsync(rig);

        await rig.Dispatcher.DeliverDueAsync(Cancel);

        var message = Assert.Single(await rig.MessagesAsync());
        Assert.Null(message.NextAttemptAt);
        Assert.Null(message.DeliveredAt);
        rig.Time.Advance(TimeSpan.FromDays(1));
        Assert.Equal(0, await rig.Dispatcher.DeliverDueAsync(Cancel));
        Assert.Single(receiver.Requests);
    }

    [Fact]
    public async Task What_waits_for_a_channel_that_was_switched_off_is_not_sent()
    {
        await using var receiver = await TargetServer.StartAsync();
        await using var rig = await AlertRig.StartAsync();
        var channel = await AddAsync(rig, receiver.Address);
        await BreakAsync(rig);
        (await rig.Channels.SaveAsync(channel.Id, Hook(receiver.Address) with { Enabled = false }, Caller.CommandLine, Cancel)).Require();

        await rig.Dispatcher.DeliverDueAsync(Cancel);

        Assert.Empty(receiver.Requests);
        var message = Assert.Single(await rig.MessagesAsync());
        Assert.Null(message.NextAttemptAt);
        Assert.Contains("switched off", message.LastError, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Old_lines_of_the_delivery_log_go_but_what_still_waits_stays()
    {
        await using var receiver = await TargetServer.StartAsync();
        await using var failing = await TargetServer.StartAsync(context =>
        {
            context.Response.StatusCode = 500;
            return Task.CompletedTask;
        });
        await using var rig = await AlertRig.StartAsync();
        await AddAsync(rig, receiver.Address);
        var waiting = await AddAsync(rig, failing.Address);
        await BreakAsync(rig);
        await rig.Dispatcher.DeliverDueAsync(Cancel);
        Assert.Equal(2, (await rig.MessagesAsync()).Count);

        rig.Time.Advance(TimeSpan.FromDays(31));
        await rig.Dispatcher.PruneAsync(Cancel);

        Assert.Equal(waiting.Id, Assert.Single(await rig.MessagesAsync()).ChannelId);
    }

    [Fact]
    public async Task What_waits_when_the_portal_stops_is_delivered_by_the_next_one()
    {
        var data = Directory.CreateTempSubdirectory("alert-test-").FullName;
        try
        {
            await using var receiver = await TargetServer.StartAsync();
            await using (var rig = await AlertRig.StartAsync(dataDirectory: data))
            {
                await AddAsync(rig, receiver.Address);
                await BreakAsync(rig);
            }

            await using (var rig = await AlertRig.StartAsync(dataDirectory: data, learned: false))
            {
                await rig.Dispatcher.DeliverDueAsync(Cancel);
                Assert.NotNull(Assert.Single(await rig.MessagesAsync()).DeliveredAt);
            }

            Assert.Single(receiver.Requests);
        }
        finally
        {
            Directory.Delete(data, recursive: true);
        }
    }

    [Theory]
    [InlineData(HttpStatusCode.NotFound, "Check the path of the address", "target")]
    [InlineData(HttpStatusCode.Unauthorized, "signing secret", "secret")]
    [InlineData(HttpStatusCode.Found, "redirect (302), which is not followed", "target")]
    [InlineData(HttpStatusCode.Gone, "wants no more messages", "target")]
    public async Task A_test_says_what_the_receiver_has_against_it(HttpStatusCode status, string said, string field)
    {
        await using var receiver = await TargetServer.StartAsync(context =>
        {
            context.Response.StatusCode = (int)status;
            context.Response.Headers.Location = "/elsewhere";
            return Task.CompletedTask;
        });
        await using var rig = await AlertRig.StartAsync();

        var failure = (await rig.Channels.TestAsync(null, Hook(receiver.Address), Caller.CommandLine, Cancel)).Failure!;

        Assert.Contains(said, failure.Message, StringComparison.Ordinal);
        Assert.Equal(field, failure.Field);
        Assert.Single(receiver.Requests);
    }

    [Fact]
    public async Task An_unreachable_receiver_is_named_and_a_slow_channel_holds_up_no_other()
    {
        string gone;
        await using (var closed = await TargetServer.StartAsync())
        {
            gone = closed.Address;
        }

        await using var receiver = await TargetServer.StartAsync();
        await using var rig = await AlertRig.StartAsync();
        await AddAsync(rig, gone);
        await AddAsync(rig, receiver.Address);
        await BreakAsync(rig);

        await rig.Dispatcher.DeliverDueAsync(Cancel);

        Assert.Single(receiver.Requests);
        var waiting = Assert.Single(await rig.MessagesAsync(), m => m.DeliveredAt is null);
        Assert.Contains($"{new Uri(gone).Authority} does not accept connections", waiting.LastError, StringComparison.Ordinal);
        Assert.NotNull(waiting.NextAttemptAt);
    }

    [Fact]
    public async Task A_stored_secret_signs_for_no_other_host()
    {
        await using var receiver = await TargetServer.StartAsync();
        await using var rig = await AlertRig.StartAsync();
        var channel = await AddAsync(rig, "https://hooks.example.test/a");

        var moved = Hook(receiver.Address) with { Secret = null };
        Assert.Equal("secret", (await rig.Channels.SaveAsync(channel.Id, moved, Caller.CommandLine, Cancel)).Failure?.Field);
        Assert.Equal("secret", (await rig.Channels.TestAsync(channel.Id, moved, Caller.CommandLine, Cancel)).Failure?.Field);
        Assert.Empty(receiver.Requests);
        (await rig.Channels.SaveAsync(channel.Id, moved with { Secret = Secret }, Caller.CommandLine, Cancel)).Require();
        (await rig.Channels.TestAsync(channel.Id, moved, Caller.CommandLine, Cancel)).Require();
        Assert.Equal("Test message", Assert.Single(await rig.MessagesAsync()).Subject);
    }

    [Fact]
    public async Task A_stored_secret_signs_for_no_other_port_of_its_host()
    {
        await using var receiver = await TargetServer.StartAsync();
        await using var neighbour = await TargetServer.StartAsync();
        await using var rig = await AlertRig.StartAsync();
        var channel = await AddAsync(rig, receiver.Address);

        var moved = Hook(neighbour.Address) with { Secret = null };

        Assert.Equal("secret", (await rig.Channels.SaveAsync(channel.Id, moved, Caller.CommandLine, Cancel)).Failure?.Field);
        Assert.Equal("secret", (await rig.Channels.TestAsync(channel.Id, moved, Caller.CommandLine, Cancel)).Failure?.Field);
        Assert.Empty(neighbour.Requests);
    }

    [Fact]
    public async Task A_secret_that_was_sealed_for_one_channel_signs_for_no_other()
    {
        await using var receiver = await TargetServer.StartAsync();
        await using var rig = await AlertRig.StartAsync();
        var other = await AddAsync(rig, "https://hooks.example.test/a");
        var channel = await AddAsync(rig, receiver.Address);
        rig.Execute($"UPDATE AlertChannels SET ProtectedSecret = (SELECT ProtectedSecret FROM AlertChannels WHERE Id = '{other.Id}') WHERE Id = '{channel.Id}'");

        var failure = (await rig.Channels.TestAsync(channel.Id, Hook(receiver.Address) with { Secret = null }, Caller.CommandLine, Cancel)).Failure;

        Assert.Equal("secret", failure?.Field);
        Assert.Empty(receiver.Requests);
    }

    private static ChannelSettings Hook(string address) => new(ChannelType.Webhook, address, ChannelPace.AtOnce, AlertLevel.Notice, Secret: Secret);

    private static async Task<ChannelView> AddAsync(AlertRig rig, string address)
        => (await rig.Channels.SaveAsync(null, Hook(address), Caller.CommandLine, Cancel)).Require();

    private static async Task<ApiKey> BreakAsync(AlertRig rig)
    {
        var key = await rig.KeyAsync(change: s => s with { PerDay = 100, PerMinute = 1000 });
        rig.Call(key, 100);
        await rig.RunAsync();
        return key;
    }

    private static async Task<byte[]> DatabaseAsync(AlertRig rig)
    {
        rig.Execute("PRAGMA wal_checkpoint(FULL)");
        await using var file = new FileStream(Path.Combine(rig.DataDirectory, "portal.db"), FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        using var bytes = new MemoryStream();
        await file.CopyToAsync(bytes, Cancel);
        return bytes.ToArray();
    }
}
