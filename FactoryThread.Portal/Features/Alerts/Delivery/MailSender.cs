using System.Net.Sockets;
using FactoryThread.Portal.Features.Alerts.Model;
using MailKit;
using MailKit.Net.Smtp;
using MailKit.Security;
using Microsoft.Extensions.Options;
using MimeKit;

namespace FactoryThread.Portal.Features.Alerts.Delivery;

/// <summary>Hands a mail to the configured SMTP server.</summary>
public sealed class MailSender(IOptions<AlertOptions> options, TimeProvider time)
{
    private const int TimeoutMilliseconds = 15_000;

    public bool IsOn => options.Value.Smtp.IsOn;

    /// <summary>Sends once; null if the server took the mail for every recipient.</summary>
    public async Task<DeliveryFault?> SendAsync(IReadOnlyList<string> recipients, string subject, string text, string id, CancellationToken cancellationToken)
    {
        var smtp = options.Value.Smtp;
        if (!smtp.IsOn)
        {
            return new("Mail is switched off: set Alerts:Smtp:Host and Alerts:Smtp:From, then restart the portal.");
        }

        using var mail = new MimeMessage();
        mail.From.Add(MailboxAddress.Parse(smtp.From!));
        mail.To.AddRange(recipients.Select(r => MailboxAddress.Parse(r)));
        mail.Subject = $"[FactoryThread] {subject}";
        mail.Date = time.GetUtcNow();
        // The same for each attempt, so that a mail that came twice shows as one.
        mail.MessageId = $"{id}@factorythread.portal";
        mail.Headers.Add("Auto-Submitted", "auto-generated");
        mail.Body = new TextPart("plain") { Text = text };
        try
        {
            using var client = new SmtpClient { Timeout = TimeoutMilliseconds };
            await client.ConnectAsync(smtp.Host!, smtp.Port, Options(smtp), cancellationToken);
            if (!string.IsNullOrEmpty(smtp.User))
            {
                await client.AuthenticateAsync(smtp.User, smtp.Password!, cancellationToken);
            }

            await client.SendAsync(mail, cancellationToken);
            await client.DisconnectAsync(quit: true, cancellationToken);
            return null;
        }
        catch (Exception exception) when (Explain(exception, smtp, cancellationToken) is { } fault)
        {
            return fault;
        }
    }

    private static SecureSocketOptions Options(AlertOptions.SmtpOptions smtp) => smtp.Security switch
    {
        SmtpSecurity.None => SecureSocketOptions.None,
        SmtpSecurity.StartTls => SecureSocketOptions.StartTls,
        SmtpSecurity.Tls => SecureSocketOptions.SslOnConnect,
        // A password goes nowhere in the clear, also if somebody on the way hides that the server offers STARTTLS.
        _ when smtp is { User.Length: > 0, Port: not 465 } && !new UriBuilder { Host = smtp.Host }.Uri.IsLoopback => SecureSocketOptions.StartTls,
        _ => SecureSocketOptions.Auto,
    };

    private static DeliveryFault? Explain(Exception exception, AlertOptions.SmtpOptions smtp, CancellationToken cancellationToken) => exception switch
    {
        SmtpCommandException { ErrorCode: SmtpErrorCode.RecipientNotAccepted } refused
            => new($"The mail server does not take mail for {refused.Mailbox?.Address}: {Said(refused)}. Check the address.", "target", IsFinal(refused)),
        SmtpCommandException { ErrorCode: SmtpErrorCode.SenderNotAccepted } refused
            => new($"The mail server does not take mail from {smtp.From}: {Said(refused)}. Check Alerts:Smtp:From, and whether the server wants Alerts:Smtp:User.", Final: IsFinal(refused)),
        SmtpCommandException refused => new($"The mail server refused the mail: {Said(refused)}.", Final: IsFinal(refused)),
        AuthenticationException => new("The mail server refused the sign-in. Check Alerts:Smtp:User and Alerts:Smtp:Password."),
        ServiceNotAuthenticatedException => new("The mail server wants a sign-in. Set Alerts:Smtp:User and Alerts:Smtp:Password."),
        SslHandshakeException => new($"A secure connection to {smtp.Host}:{smtp.Port} failed. Check Alerts:Smtp:Security and the server's certificate."),
        NotSupportedException => new($"{smtp.Host} offers no STARTTLS or no way to sign in that is known. Check Alerts:Smtp:Security."),
        SocketException { SocketErrorCode: SocketError.HostNotFound or SocketError.TryAgain or SocketError.NoData }
            => new($"The host name {smtp.Host} is not known. Check Alerts:Smtp:Host."),
        SocketException => new($"{smtp.Host}:{smtp.Port} does not accept connections. Check Alerts:Smtp:Host and Alerts:Smtp:Port."),
        TimeoutException or OperationCanceledException when !cancellationToken.IsCancellationRequested
            => new($"{smtp.Host}:{smtp.Port} did not answer within {TimeoutMilliseconds / 1000} seconds. Check Alerts:Smtp:Host, Alerts:Smtp:Port and Alerts:Smtp:Security."),
        ProtocolException or IOException => new($"{smtp.Host}:{smtp.Port} broke off, or does not speak SMTP. Check Alerts:Smtp:Port and Alerts:Smtp:Security."),
        _ => null,
    };

    // 5xx is the server's last word, 4xx is not.
    private static bool IsFinal(SmtpCommandException refused) => (int)refused.StatusCode >= 500;

    private static string Said(SmtpCommandException refused)
    {
        var text = $"{(int)refused.StatusCode} {refused.Message}".ReplaceLineEndings(" ").TrimEnd('.', ' ');
        return text.Length <= 200 ? text : text[..200] + "…";
    }
}
