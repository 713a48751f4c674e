using System.Net;
using System.Text;
using FactoryThread.Portal.Tests.Infrastructure;
using Microsoft.EntityFrameworkCore;
using static FactoryThread.Portal.Tests.Features.Accounts.SecondFactorTests;

namespace FactoryThread.Portal.Tests.Features.Accounts;

/// <summary>The codes for the day the authenticator app is lost.</summary>
public sealed class RecoveryCodeTests : IAsyncLifetime
{
    private PortalApp _app = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public ValueTask InitializeAsync()
    {
        _app = PortalApp.Start();
        return ValueTask.CompletedTask;
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    [Fact]
    public async Task Recovery_codes_are_in_no_file_of_the_data_directory()
    {
        using var admin = await _app.SignInAsync();
        var (_, codes) = await TurnOnAsync(admin);

        Assert.Equal(10, codes.Count);
        foreach (var file in Directory.EnumerateFiles(_app.DataDirectory, "*", SearchOption.AllDirectories))
        {
            await using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
            using var text = new StreamReader(stream, Encoding.Latin1);
            var content = await text.ReadToEndAsync(Cancel);
            Assert.All(codes, code => Assert.DoesNotContain(code, content, StringComparison.Ordinal));
        }
    }

    [Fact]
    public async Task Recovery_codes_from_before_they_were_hashed_work_and_the_first_that_is_used_hashes_the_rest()
    {
        using var admin = await _app.SignInAsync();
        var (_, codes) = await TurnOnAsync(admin);
        await using (var db = await _app.Contexts.CreateDbContextAsync(Cancel))
        {
            Assert.Equal(1, await db.UserTokens.Where(t => t.Name == "RecoveryCodes").ExecuteUpdateAsync(set => set.SetProperty(t => t.Value, "AAAAA-BBBBB;CCCCC-DDDDD"), Cancel));
        }

        using var http = _app.Browser();
        using (await PasswordAsync(http))
        using (var unknown = await EnterAsync(http, codes[0]))
        using (var entered = await EnterAsync(http, "CCCCC-DDDDD"))
        {
            Assert.Equal((HttpStatusCode.OK, HttpStatusCode.Redirect), (unknown.StatusCode, entered.StatusCode));
        }

        await using (var db = await _app.Contexts.CreateDbContextAsync(Cancel))
        {
            Assert.DoesNotContain("AAAAA", await db.UserTokens.Where(t => t.Name == "RecoveryCodes").Select(t => t.Value).SingleAsync(Cancel), StringComparison.Ordinal);
        }

        using var again = _app.Browser();
        using (await PasswordAsync(again))
        using (var spent = await EnterAsync(again, "CCCCC-DDDDD"))
        using (var other = await EnterAsync(again, "AAAAA-BBBBB"))
        {
            Assert.Equal((HttpStatusCode.OK, HttpStatusCode.Redirect), (spent.StatusCode, other.StatusCode));
        }
    }

    [Fact]
    public async Task A_recovery_code_works_once_and_the_record_says_how_many_are_left()
    {
        using var admin = await _app.SignInAsync();
        var (_, codes) = await TurnOnAsync(admin);
        using var http = _app.Browser();
        using (await PasswordAsync(http))
        using (var entered = await EnterAsync(http, $" {codes[0].ToLowerInvariant()} "))
        {
            Assert.Equal(HttpStatusCode.Redirect, entered.StatusCode);
        }

        using var again = _app.Browser();
        using (await PasswordAsync(again))
        using (var refused = await EnterAsync(again, codes[0]))
        {
            Assert.Equal(HttpStatusCode.OK, refused.StatusCode);
        }

        var used = Assert.Single(await _app.UserAuditAsync(), entry => entry.Action == "user.recovery_code_used");
        Assert.Contains("\"left\":9", used.Details, StringComparison.Ordinal);
        Assert.DoesNotContain(codes[0], used.Details, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("9 recovery codes are left", await http.GetStringAsync("/account", Cancel), StringComparison.Ordinal);
    }

    [Fact]
    public async Task New_recovery_codes_end_the_old_ones()
    {
        using var admin = await _app.SignInAsync();
        var (key, old) = await TurnOnAsync(admin);

        using var renewed = await admin.SubmitAsync("/account/authenticator", "authenticator-change", new() { ["Code"] = AuthenticatorApp.Code(key, steps: 1), ["Change"] = "codes" });
        var codes = Codes(await renewed.Content.ReadAsStringAsync(Cancel));

        Assert.Equal((10, 0), (codes.Count, codes.Intersect(old).Count()));
        using var http = _app.Browser();
        using var half = await PasswordAsync(http);
        using var withOld = await EnterAsync(http, old[1]);
        Assert.Equal(HttpStatusCode.OK, withOld.StatusCode);
        using var withNew = await EnterAsync(http, codes[1]);
        Assert.Equal(HttpStatusCode.Redirect, withNew.StatusCode);
    }
}
