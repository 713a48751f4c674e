using FactoryThread.Portal.Features.Alerts.Model;
using FactoryThread.Portal.Features.ApiKeys.Model;
using FactoryThread.Portal.Platform;

namespace FactoryThread.Portal.Tests.Features.Alerts.Delivery;

public sealed class MailTests
{
    private const string Password = "mail-server-password";

    private static readonly ChannelSettings People = new(ChannelType.Mail, "ops@example.test, it@example.test", ChannelPace.AtOnce, AlertLevel.Notice);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_alert_reaches_people_through_an_smtp_server_of_its_own_process()
    {
        await using var server = await SmtpProcess.StartAsync();
        await using var rig = await AlertRig.StartAsync(Smtp(server.Port));
        await rig.Channels.SaveAsync(null, People, Caller.CommandLine, Cancel);
        await BreakAsync(rig);

        await rig.Dispatcher.DeliverDueAsync(Cancel);

        var mail = await server.Mail;
        Assert.Contains("Subject: [FactoryThread] Critical: Close to the limit per day: erp", mail, StringComparison.Ordinal);
        Assert.Contains("erp has used 100 requests of its 100 for 24 Nov 2026 UTC, 100 %, and is refused until 00:00 UTC.", mail.Replace("=\n", "", StringComparison.Ordinal), StringComparison.Ordinal);
        Assert.NotNull(Assert.Single(await rig.MessagesAsync()).DeliveredAt);
    }

    [Fact]
    public async Task One_mail_tells_every_recipient_of_all_that_happened_at_once()
    {
        await using var server = new SmtpServer();
        await using var rig = await AlertRig.StartAsync(Smtp(server.Port, "portal", Password));
        await rig.Channels.SaveAsync(null, People, Caller.CommandLine, Cancel);
        rig.WrongKeys("198.51.100.9", 50);
        await BreakAsync(rig);

        Assert.Equal(1, await rig.Dispatcher.DeliverDueAsync(Cancel));

        var mail = Assert.Single(server.Mails);
        Assert.Contains("2 alerts were raised.", mail, StringComparison.Ordinal);
        Assert.Contains("198.51.100.9 presented wrong keys", mail, StringComparison.Ordinal);
        Assert.Contains("https://portal.example.test/settings/alerts", mail, StringComparison.Ordinal);
        Assert.Equal(["<ops@example.test>", "<it@example.test>"], server.Commands.Where(c => c.StartsWith("RCPT", StringComparison.Ordinal)).Select(c => c["RCPT TO:".Length..].Split(' ')[0]));
        Assert.Contains(server.Commands, c => c.StartsWith("AUTH", StringComparison.Ordinal));
        Assert.DoesNotContain(Password, rig.Logs.AllText, StringComparison.Ordinal);
        Assert.Equal(0, await rig.Dispatcher.DeliverDueAsync(Cancel));
    }

    [Theory]
    [InlineData("RCPT TO:<it@", "550 no such user", "does not take mail for it@example.test: 550 no such user", "target", true)]
    [InlineData("MAIL", "530 authentication required", "Alerts:Smtp:User", null, false)]
    [InlineData("MAIL", "553 not yours", "Alerts:Smtp:From", null, true)]
    [InlineData("AUTH", "535 wrong", "Alerts:Smtp:User and Alerts:Smtp:Password", null, false)]
    [InlineData("DATA", "451 come back later", "451 come back later", null, false)]
    public async Task A_server_that_refuses_is_explained_and_the_message_is_not_lost(string command, string refusal, string said, string? field, bool final)
    {
        await using var server = new SmtpServer();
        server.Refusals[command] = refusal;
        await using var rig = await AlertRig.StartAsync(Smtp(server.Port, "portal", Password));
        var channel = (await rig.Channels.SaveAsync(null, People, Caller.CommandLine, Cancel)).Require();

        var test = (await rig.Channels.TestAsync(channel.Id, People, Caller.CommandLine, Cancel)).Failure!;
        Assert.Contains(said, test.Message, StringComparison.Ordinal);
        Assert.Equal(field, test.Field);

        await BreakAsync(rig);
        await rig.Dispatcher.DeliverDueAsync(Cancel);
        var message = (await rig.MessagesAsync())[^1];
        Assert.Contains(said, message.LastError, StringComparison.Ordinal);
        Assert.Equal(final, message.NextAttemptAt is null);
        Assert.DoesNotContain(Password, rig.Logs.AllText + message.LastError, StringComparison.Ordinal);

        server.Refusals.Clear();
        rig.Time.Advance(TimeSpan.FromSeconds(6));
        await rig.Dispatcher.DeliverDueAsync(Cancel);
        Assert.Equal(final ? 0 : 1, server.Mails.Count);
    }

    [Fact]
    public async Task A_server_that_is_not_there_and_mail_that_is_off_name_the_configuration_key()
    {
        int port;
        await using (var server = new SmtpServer())
        {
            port = server.Port;
        }

        await using (var rig = await AlertRig.StartAsync(Smtp(port)))
        {
            var failure = (await rig.Channels.TestAsync(null, People, Caller.CommandLine, Cancel)).Failure!;
            Assert.Equal($"127.0.0.1:{port} does not accept connections. Check Alerts:Smtp:Host and Alerts:Smtp:Port.", failure.Message);
        }

        await using (var rig = await AlertRig.StartAsync())
        {
            var failure = (await rig.Channels.TestAsync(null, People, Caller.CommandLine, Cancel)).Failure!;
            Assert.Equal(FailureKind.Conflict, failure.Kind);
            Assert.Contains("Alerts:Smtp:Host", failure.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_digest_goes_out_once_a_day_with_what_was_raised_and_what_is_still_open()
    {
        await using var server = new SmtpServer();
        await using var rig = await AlertRig.StartAsync(Smtp(server.Port));
        await rig.Channels.SaveAsync(null, People with { Pace = ChannelPace.DailyDigest, DigestHour = 6 }, Caller.CommandLine, Cancel);
        await BreakAsync(rig);
        await rig.RunAsync();
        Assert.Empty(await rig.MessagesAsync());

        rig.Time.Advance(TimeSpan.FromHours(18));
        await rig.RunAsync();
        await rig.RunAsync();
        Assert.Equal("Daily digest: 1 alert", Assert.Single(await rig.MessagesAsync()).Subject);
        await rig.Dispatcher.DeliverDueAsync(Cancel);
        Assert.Contains("erp has used 100 requests", Assert.Single(server.Mails), StringComparison.Ordinal);

        await rig.Inbox.ResolveAsync((await rig.AlertsAsync())[0].Id, Caller.CommandLine, Cancel);
        rig.Time.Advance(TimeSpan.FromDays(1));
        await rig.RunAsync();
        Assert.Single(await rig.MessagesAsync());
    }

    [Fact]
    public async Task A_digest_repeats_what_is_open_until_somebody_acknowledges_it()
    {
        await using var rig = await AlertRig.StartAsync();
        await rig.Channels.SaveAsync(null, People with { Pace = ChannelPace.DailyDigest, DigestHour = 6 }, Caller.CommandLine, Cancel);
        await BreakAsync(rig);
        foreach (var digests in new[] { 1, 2 })
        {
            rig.Time.Advance(TimeSpan.FromDays(1));
            await rig.RunAsync();
            Assert.Equal(digests, (await rig.MessagesAsync()).Count);
        }

        (await rig.Inbox.AcknowledgeAsync((await rig.AlertsAsync())[0].Id, Caller.CommandLine, Cancel)).Require();
        rig.Time.Advance(TimeSpan.FromDays(1));
        await rig.RunAsync();

        Assert.Equal(2, (await rig.MessagesAsync()).Count);
    }

    private static async Task BreakAsync(AlertRig rig)
    {
        rig.Call(await rig.KeyAsync(change: s => s with { PerDay = 100, PerMinute = 1000 }), 100);
        await rig.RunAsync();
    }

    private static Dictionary<string, string?> Smtp(int port, string? user = null, string? password = null) => new()
    {
        ["Alerts:Smtp:Host"] = "127.0.0.1",
        ["Alerts:Smtp:Port"] = $"{port}",
        ["Alerts:Smtp:From"] = "portal@example.test",
        ["Alerts:Smtp:Security"] = "None",
        ["Alerts:Smtp:User"] = user,
        ["Alerts:Smtp:Password"] = password,
    };
}
