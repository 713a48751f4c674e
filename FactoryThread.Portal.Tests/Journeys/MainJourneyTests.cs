using System.Globalization;
using System.Net;
using System.Text.Json;
using System.Text.RegularExpressions;
using FactoryThread.Portal.Tests.Infrastructure;
using Microsoft.Playwright;

namespace FactoryThread.Portal.Tests.Journeys;

/// <summary>A key's whole life, in a real browser and over real HTTP.</summary>
public sealed class MainJourneyTests
{
    private const string Password = "correct horse battery staple";
    private const string KeyName = "erp-order-sync-production";

    [Fact]
    public async Task From_the_set_up_link_to_the_exported_usage()
    {
        await using var app = PortalApp.Start();
        await using var browser = await Browser.StartAsync(app.Address);
        using var http = app.Http();
        var page = browser.Page;

        // First run: the printed link makes the first administrator.
        await page.GotoAsync(new Uri(Regex.Match(app.StartText, @"https?://\S+/account/setup\S+").Value).PathAndQuery);
        await page.GetByLabel("Email").FillAsync("admin@example.test");
        await page.GetByLabel("Password", new() { Exact = true }).FillAsync(Password);
        await page.GetByLabel("Repeat the password").FillAsync(Password);
        await page.GetByRole(AriaRole.Button, new() { Name = "Create administrator" }).ClickAsync();
        await Heading(page, "Overview").WaitForAsync();

        // Sign out, sign in; a page that comes to life without its cookie would go somewhere else by itself.
        await browser.ConnectedAsync();
        await page.Context.ClearCookiesAsync();
        await browser.SignInAsync("admin@example.test", Password);
        await Heading(page, "API Keys").WaitForAsync();

        // Create and reveal.
        await browser.ConnectedAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Create API Key" }).First.ClickAsync();
        var create = page.GetByRole(AriaRole.Dialog);
        await create.GetByLabel("Key name").FillAsync(KeyName);
        await create.GetByLabel("Order sync").CheckAsync();
        await create.GetByRole(AriaRole.Button, new() { Name = "Generate Key" }).ClickAsync();
        var first = await TakeKeyAsync(page);

        // A program calls a flow.
        var call = await http.ExecuteAsync("abc123", first, """{"customerId":"C001"}""");
        Assert.Equal(HttpStatusCode.OK, call.Status);
        Assert.Equal("C001", call.Json.GetProperty("output").GetProperty("customerId").GetString());

        // The portal shows that it happened.
        await page.GetByRole(AriaRole.Link, new() { Name = KeyName }).First.ClickAsync();
        await Heading(page, KeyName).WaitForAsync();
        await page.GetByRole(AriaRole.Tab, new() { Name = "Requests" }).ClickAsync();
        await page.GetByRole(AriaRole.Table, new() { Name = "Requests" }).GetByText("Succeeded").First.WaitForAsync();

        // Regenerate: the key is in use, so its name is asked for.
        await page.GetByRole(AriaRole.Button, new() { Name = "Regenerate", Exact = true }).ClickAsync();
        await page.GetByRole(AriaRole.Dialog).GetByLabel("Type the key name").FillAsync(KeyName);
        await page.GetByRole(AriaRole.Dialog).GetByRole(AriaRole.Button, new() { Name = "Regenerate key" }).ClickAsync();
        var second = await TakeKeyAsync(page);
        Assert.NotEqual(first, second);
        Assert.Equal("replaced_key", (await http.ExecuteAsync("abc123", first)).Code);
        Assert.Equal(HttpStatusCode.OK, (await http.ExecuteAsync("abc123", second)).Status);

        // Revoke, with a receipt.
        await page.GetByRole(AriaRole.Button, new() { Name = "Revoke", Exact = true }).ClickAsync();
        var revoke = page.GetByRole(AriaRole.Dialog);
        await revoke.GetByLabel("Reason").FillAsync("Replaced by the new integration");
        await revoke.GetByLabel("Type the key name").FillAsync(KeyName);
        await revoke.GetByRole(AriaRole.Button, new() { Name = "Revoke key" }).ClickAsync();
        await page.GetByText(new Regex(@"Refused since \d\d:\d\d:\d\d\.\d\d\d")).WaitForAsync();
        var refused = await http.ExecuteAsync("abc123", second);
        Assert.Equal(HttpStatusCode.Unauthorized, refused.Status);
        Assert.Equal("revoked_key", refused.Code);
        await page.GetByRole(AriaRole.Dialog).GetByRole(AriaRole.Button, new() { Name = "Close", Exact = true }).ClickAsync();

        // Export what happened: two succeeded, two refused.
        await page.GetByRole(AriaRole.Tab, new() { Name = "Usage" }).ClickAsync();
        var csv = await DownloadAsync(page, "CSV");
        var lines = csv.Split(["\r\n", "\n"], StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal("start,flowId,total,succeeded,failed,refused", lines[0].TrimStart('\uFEFF'));
        var rows = lines.Skip(1).Select(l => l.Split(',')).Select(f => (Total: Number(f[2]), Succeeded: Number(f[3]), Refused: Number(f[5]))).ToList();

        Assert.Equal((4, 2, 2), (rows.Sum(r => r.Total), rows.Sum(r => r.Succeeded), rows.Sum(r => r.Refused)));
        using var json = JsonDocument.Parse(await DownloadAsync(page, "JSON"));
        Assert.Contains("\"total\"", json.RootElement.GetRawText(), StringComparison.Ordinal);
        Assert.Empty(browser.Troubles);
    }

    private static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);

    private static ILocator Heading(IPage page, string name) => page.GetByRole(AriaRole.Heading, new() { Name = name, Level = 1, Exact = true });

    private static async Task<string> TakeKeyAsync(IPage page)
    {
        var dialog = page.GetByRole(AriaRole.Dialog).Filter(new() { HasText = "Save your API key" });
        await dialog.WaitForAsync();
        Assert.DoesNotMatch("ft_live_[0-9A-Za-z]{40}", await page.ContentAsync());
        await dialog.GetByRole(AriaRole.Button, new() { Name = "Show key" }).ClickAsync();
        var code = dialog.Locator("code");
        await Assertions.Expect(code).ToHaveTextAsync(new Regex("^ft_live_[0-9A-Za-z]{40}$"));
        var key = await code.InnerTextAsync();
        await dialog.GetByRole(AriaRole.Button, new() { Name = "Copy key" }).ClickAsync();
        await dialog.GetByText("Copied").First.WaitForAsync();
        Assert.Equal(key, await page.EvaluateAsync<string>("navigator.clipboard.readText()"));
        await dialog.GetByRole(AriaRole.Button, new() { Name = "Done" }).ClickAsync();
        await dialog.WaitForAsync(new() { State = WaitForSelectorState.Hidden });
        Assert.DoesNotContain(key, await page.ContentAsync(), StringComparison.Ordinal);
        return key;
    }

    private static async Task<string> DownloadAsync(IPage page, string format)
    {
        await page.GetByRole(AriaRole.Button, new() { Name = "Export Usage" }).ClickAsync();
        var download = await page.RunAndWaitForDownloadAsync(() => page.GetByRole(AriaRole.Link, new() { Name = format }).ClickAsync());
        await using var stream = await download.CreateReadStreamAsync();
        using var reader = new StreamReader(stream);
        return await reader.ReadToEndAsync(TestContext.Current.CancellationToken);
    }
}
