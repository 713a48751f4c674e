using System.Threading.Channels;
using System.Threading.RateLimiting;
using FactoryThread.Portal.Features.Alerts.Delivery;
using FactoryThread.Portal.Platform;
using Microsoft.Extensions.Options;

namespace FactoryThread.Portal.Features.Accounts.PasswordReset;

/// <summary>
/// Mails links to people who forgot their password. It works after the answer to the request, which therefore takes as long for an address
/// that nobody has, and tells nothing.
/// </summary>
public sealed partial class PasswordResetMails(
    PasswordResetService resets, MailSender mail, IOptions<PortalOptions> portal, ILogger<PasswordResetMails> logger) : BackgroundService
{
    /// <summary>Requests for one address in an hour that are worked on, whether or not the mail server takes the mail; further ones do nothing.</summary>
    public const int MostPerHour = 3;

    private readonly Channel<Asked> _requests = Channel.CreateBounded<Asked>(100);

    private readonly PartitionedRateLimiter<string> _perPerson = PartitionedRateLimiter.Create<string, string>(
        email => RateLimitPartition.GetFixedWindowLimiter(
            email.ToUpperInvariant(), _ => new FixedWindowRateLimiterOptions { PermitLimit = MostPerHour, Window = TimeSpan.FromHours(1) }));

    /// <summary>The portal can send mail and knows its own address. It must not take that from a request: whoever asks could name another.</summary>
    public bool IsOn => mail.IsOn && portal.Value.PublicAddress is not null;

    /// <summary>Takes a request to be worked on; false if too many wait.</summary>
    public bool Request(string email, string? address) => _requests.Writer.TryWrite(new Asked(email.Trim(), address));

    public override void Dispose()
    {
        _perPerson.Dispose();
        base.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await foreach (var request in _requests.Reader.ReadAllAsync(stoppingToken))
        {
            try
            {
                await SendAsync(request, stoppingToken);
            }
            catch (Exception fault) when (fault is not OperationCanceledException)
            {
                // The person may ask again; the next one must get their mail.
                Log.NotMailed(logger, fault);
            }
        }
    }

    private async Task SendAsync(Asked request, CancellationToken cancellationToken)
    {
        using var place = _perPerson.AttemptAcquire(request.Email);
        if (!place.IsAcquired)
        {
            Log.TooMany(logger, MostPerHour);
            return;
        }

        if (await resets.CreateForMailAsync(request.Email, request.Address, cancellationToken) is not { } link)
        {
            return;
        }

        var home = portal.Value.PublicAddress!;
        var text = $"""
            Somebody, we hope you, asked for a new password for {link.Email} at {home}.

            Choose it here within {PasswordResetService.Lifetime.TotalHours:0} hours; the link works once:
            {home}{link.Path}

            If it was not you, there is nothing to do: your password is as it was. Should it go on, tell an administrator.
            """;
        if (await mail.SendAsync([link.Email], "Choose a new password", text, Guid.NewGuid().ToString("n"), cancellationToken) is { } fault)
        {
            Log.Refused(logger, fault.Message);
        }
    }

    private sealed record Asked(string Email, string? Address);

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Error, Message = "A link for a new password could not be made or mailed.")]
        public static partial void NotMailed(ILogger logger, Exception exception);

        [LoggerMessage(Level = LogLevel.Error, Message = "A link for a new password was not mailed: {Reason}")]
        public static partial void Refused(ILogger logger, string reason);

        [LoggerMessage(Level = LogLevel.Warning, Message = "A link for a new password was asked for more than {Most} times in an hour for one person; no further mail was sent.")]
        public static partial void TooMany(ILogger logger, int most);
    }
}
