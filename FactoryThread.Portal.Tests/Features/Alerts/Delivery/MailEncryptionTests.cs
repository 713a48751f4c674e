using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using FactoryThread.Portal.Features.Alerts.Model;
using FactoryThread.Portal.Features.ApiKeys.Model;
using FactoryThread.Portal.Tests.Faults;
using FactoryThread.Portal.Tests.Infrastructure;

namespace FactoryThread.Portal.Tests.Features.Alerts.Delivery;

/// <summary>What becomes of mail while <c>Alerts:Smtp:Security</c> is left at <c>Auto</c>.</summary>
[Collection(ServerProcesses.Name)]
public sealed class MailEncryptionTests : IDisposable
{
    private const string Password = "mail-server-password";

    private static readonly ChannelSettings People = new(ChannelType.Mail, "ops@example.test", ChannelPace.AtOnce, AlertLevel.Notice);

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("mail-certificate-");

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Delete(recursive: true);

    /// <summary>In a process of its own, because whom to trust is read once at start.</summary>
    [Fact]
    public async Task Mail_goes_encrypted_to_a_server_that_offers_it_with_a_trusted_certificate()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Whom to trust is given by SSL_CERT_FILE, which counts on Linux.");
        var certificate = await MakeCertificateAsync();
        await using var server = await SmtpProcess.StartAsync(certificate, insists: true);
        using var data = await DataDirectory.CreateAsync();
        await using var portal = await ServerProcess.StartThroughAsync(
            ["env", $"SSL_CERT_FILE={certificate}"],
            data.Path,
            ["--Portal:PublicAddress", "https://portal.example.test", .. Smtp(server.Port).SelectMany(s => (string[])["--" + s.Key, s.Value!])]);
        using var http = new HttpClient { BaseAddress = portal.Http.BaseAddress };

        using var answer = await http.SubmitAsync("/account/forgotten", "forgotten", new() { ["Input.Email"] = SignedInClient.AdminEmail });

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Contains($"To: {SignedInClient.AdminEmail}", await server.Mail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Mail_does_not_go_to_a_server_whose_certificate_is_not_trusted_though_it_would_take_it_in_the_clear()
    {
        await using var server = await SmtpProcess.StartAsync(await MakeCertificateAsync());
        await using var rig = await AlertRig.StartAsync(Smtp(server.Port));

        var failure = (await rig.Channels.TestAsync(null, People, Caller.CommandLine, Cancel)).Failure;

        Assert.Equal(
            $"A secure connection to 127.0.0.1:{server.Port} failed. Check Alerts:Smtp:Security and the server's certificate.", failure?.Message);
        Assert.False(server.HasMail);
    }

    [Fact]
    public async Task Mail_goes_in_the_clear_to_a_server_that_offers_nothing_else()
    {
        await using var server = await SmtpProcess.StartAsync();
        await using var rig = await AlertRig.StartAsync(Smtp(server.Port));

        (await rig.Channels.TestAsync(null, People, Caller.CommandLine, Cancel)).Require();

        Assert.Contains("To: ops@example.test", await server.Mail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task With_a_user_name_nothing_crosses_the_network_to_a_server_that_offers_no_encryption()
    {
        var address = NetworkInterface.GetAllNetworkInterfaces().SelectMany(card => card.GetIPProperties().UnicastAddresses).Select(found => found.Address)
            .FirstOrDefault(found => found.AddressFamily == AddressFamily.InterNetwork && !IPAddress.IsLoopback(found));
        if (address is null)
        {
            Assert.Skip("This machine has no address in a network.");
        }

        await using var server = new SmtpServer(address);
        await using var rig = await AlertRig.StartAsync(Smtp(server.Port, address.ToString(), "portal"));

        var failure = (await rig.Channels.TestAsync(null, People, Caller.CommandLine, Cancel)).Failure;

        Assert.Equal($"{address} offers no STARTTLS or no way to sign in that is known. Check Alerts:Smtp:Security.", failure?.Message);
        Assert.NotEmpty(server.Commands);
        Assert.All(server.Commands, command => Assert.Matches("^(EHLO|QUIT)", command));
    }

    [Fact]
    public async Task With_a_user_name_mail_still_goes_in_the_clear_to_a_server_on_this_machine()
    {
        await using var server = new SmtpServer();
        await using var rig = await AlertRig.StartAsync(Smtp(server.Port, user: "portal"));

        (await rig.Channels.TestAsync(null, People, Caller.CommandLine, Cancel)).Require();

        Assert.Single(server.Mails);
        Assert.Contains(server.Commands, command => command.StartsWith("AUTH", StringComparison.Ordinal));
    }

    /// <summary>A certificate for this machine that vouches for itself, in one file with its key.</summary>
    private async Task<string> MakeCertificateAsync()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=mail.example.test", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        using var certificate = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        var path = Path.Combine(_folder.FullName, "mail.pem");
        await File.WriteAllTextAsync(path, $"{certificate.ExportCertificatePem()}\n{key.ExportPkcs8PrivateKeyPem()}\n", Cancel);
        return path;
    }

    private static Dictionary<string, string?> Smtp(int port, string host = "127.0.0.1", string? user = null)
    {
        var settings = new Dictionary<string, string?>
        {
            ["Alerts:Smtp:Host"] = host,
            ["Alerts:Smtp:Port"] = $"{port}",
            ["Alerts:Smtp:From"] = "portal@example.test",
        };
        if (user is not null)
        {
            (settings["Alerts:Smtp:User"], settings["Alerts:Smtp:Password"]) = (user, Password);
        }

        return settings;
    }
}
