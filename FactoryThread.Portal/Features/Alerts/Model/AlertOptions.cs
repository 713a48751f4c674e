using System.Net.Mail;
using Microsoft.Extensions.Options;

namespace FactoryThread.Portal.Features.Alerts.Model;

/// <summary>How the connection to the mail server is secured.</summary>
public enum SmtpSecurity
{
    /// <summary>TLS on port 465, else STARTTLS where the server offers it.</summary>
    Auto,
    None,
    StartTls,
    Tls,
}

/// <summary>The configuration section <c>Alerts</c>.</summary>
public sealed class AlertOptions
{
    public const string Section = "Alerts";

    public SmtpOptions Smtp { get; set; } = new();

    /// <summary>How many days the delivery log is kept.</summary>
    public int KeepMessagesDays { get; set; } = 30;

    /// <summary>The mail server; mail is off while there is no <see cref="Host"/>.</summary>
    public sealed class SmtpOptions
    {
        public string? Host { get; set; }

        public int Port { get; set; } = 587;

        public string? User { get; set; }

        public string? Password { get; set; }

        /// <summary>The sender's address.</summary>
        public string? From { get; set; }

        public SmtpSecurity Security { get; set; }

        public bool IsOn => !string.IsNullOrWhiteSpace(Host);
    }
}

/// <summary>Collects every fault of the section at once, each message naming its configuration key.</summary>
public sealed class ValidateAlertOptions : IValidateOptions<AlertOptions>
{
    public ValidateOptionsResult Validate(string? name, AlertOptions options)
    {
        var faults = new List<string>();
        var smtp = options.Smtp;
        Require(options.KeepMessagesDays is >= 1 and <= 36_500, "Alerts:KeepMessagesDays must be between 1 and 36500.");
        Require(smtp.Port is >= 1 and <= 65_535, "Alerts:Smtp:Port must be between 1 and 65535.");
        Require(Enum.IsDefined(smtp.Security), "Alerts:Smtp:Security must be Auto, None, StartTls or Tls.");
        Require(
            string.IsNullOrEmpty(smtp.User) == string.IsNullOrEmpty(smtp.Password),
            "Alerts:Smtp:User and Alerts:Smtp:Password must be given together.");
        if (smtp.IsOn)
        {
            Require(MailAddress.TryCreate(smtp.From, out _), "Alerts:Smtp:From must be the sender's mail address while Alerts:Smtp:Host is set.");
            Require(
                smtp.Security != SmtpSecurity.None || string.IsNullOrEmpty(smtp.Password) || smtp.Host is "localhost" or "127.0.0.1" or "::1",
                "Alerts:Smtp:Security must not be None with a password: it would cross the network in the clear.");
        }
        else
        {
            Require(string.IsNullOrEmpty(smtp.User) && string.IsNullOrEmpty(smtp.From), "Alerts:Smtp:Host must name the mail server, since other keys of Alerts:Smtp are set.");
        }

        return faults.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(faults);

        void Require(bool holds, string otherwise)
        {
            if (!holds)
            {
                faults.Add(otherwise);
            }
        }
    }
}
