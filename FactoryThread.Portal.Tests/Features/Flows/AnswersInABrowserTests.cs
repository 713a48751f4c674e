using FactoryThread.Portal.Tests.Infrastructure;
using Microsoft.AspNetCore.Http;
using Microsoft.Playwright;

namespace FactoryThread.Portal.Tests.Features.Flows;

/// <summary>What a browser makes of an answer that a flow's target wrote.</summary>
public sealed class AnswersInABrowserTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_page_from_a_target_runs_no_script_and_tells_nobody_the_address_with_the_key()
    {
        await using var other = await TargetServer.StartAsync();
        await using var target = await TargetServer.StartAsync(context =>
        {
            // The page asks for its own address again, as its style sheet.
            var sheet = context.Request.Headers.Accept.ToString().StartsWith("text/css", StringComparison.Ordinal);
            context.Response.ContentType = sheet ? "text/css" : "text/html";
            return context.Response.WriteAsync(
                sheet ? $"""@import url("{other.Address}/import");""" : $"""
                <title>before</title><meta name="referrer" content="unsafe-url"><link rel="stylesheet" href="#"><img src="{other.Address}/image">
                <a href="{other.Address}/link">on</a><script>document.title = "after"</script>
                """,
                Cancel);
        });
        await using var rig = await GatewayRig.StartAsync();
        await rig.TargetAsync("abc123", target.Address);
        var key = await rig.KeyAsync();
        await using var browser = await Browser.StartAsync(rig.App.Address);

        await browser.Page.GotoAsync($"/api/orders?api_key={key}");
        var title = await browser.Page.TitleAsync();
        await browser.Page.GetByText("on").ClickAsync();
        await Assertions.Expect(browser.Page).ToHaveURLAsync(other.Address + "/link");

        Assert.Equal("before", title);
        var requests = other.Requests.Where(request => request.Target is "/image" or "/import" or "/link").ToList();
        Assert.Equal(["/image", "/import", "/link"], requests.Select(request => request.Target).Order());
        Assert.All(requests, request => Assert.False(request.Headers.ContainsKey("Referer"), request.Target));
    }
}
