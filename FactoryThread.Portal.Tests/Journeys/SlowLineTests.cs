using System.Text.RegularExpressions;
using System.Threading.Channels;
using FactoryThread.Portal.Tests.Builders;
using FactoryThread.Portal.Tests.Infrastructure;
using Microsoft.Playwright;

namespace FactoryThread.Portal.Tests.Journeys;

/// <summary>A browser far away: whatever it and the portal tell each other is on its way for a while.</summary>
public sealed class SlowLineTests
{
    private static readonly TimeSpan OneWay = TimeSpan.FromMilliseconds(150);

    [Fact]
    public async Task What_is_typed_before_the_answer_to_the_letters_before_it_stays_and_is_searched_for()
    {
        await using var app = PortalApp.Start(settings: new()
        {
            ["Portal:Setup:AdminEmail"] = SignedInClient.AdminEmail,
            ["Portal:Setup:AdminPassword"] = SignedInClient.AdminPassword,
        });
        foreach (var name in new[] { "press-line-7", "press-line-8", "erp-order-sync" })
        {
            await app.KeyAsync(Given.Settings(name), owner: SignedInClient.AdminEmail);
        }

        using var over = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        var line = new SlowLine(over.Token);
        await using var browser = await Browser.StartAsync(app.Address);
        await browser.Page.RouteWebSocketAsync(new Regex("/_blazor"), line.Take);
        await browser.SignInAsync(SignedInClient.AdminEmail, SignedInClient.AdminPassword);
        await browser.ConnectedAsync();
        var search = browser.Page.GetByRole(AriaRole.Searchbox, new() { Name = "Search keys" });

        // Slower than the pause after which it searches, faster than an answer comes.
        await search.PressSequentiallyAsync("press-line-7", new() { Delay = 60 });

        await Assertions.Expect(browser.Page).ToHaveURLAsync(new Regex(@"\?q=press-line-7$"));
        await Assertions.Expect(browser.Page.Locator("main table tbody tr")).ToHaveCountAsync(1);
        await Assertions.Expect(search).ToHaveValueAsync("press-line-7");
        Assert.Empty(browser.Troubles);
        await over.CancelAsync();
        var delayed = await line.OverAsync();
        Assert.NotEmpty(delayed);
        Assert.DoesNotContain(0, delayed);
    }

    private sealed class SlowLine(CancellationToken over)
    {
        private readonly List<Task<int>> _ways = [];

        public void Take(IWebSocketRoute browser)
        {
            var portal = browser.ConnectToServer();
            _ways.Add(DelayAsync(browser, portal));
            _ways.Add(DelayAsync(portal, browser));
        }

        /// <returns>Messages that were delayed on each way.</returns>
        public Task<int[]> OverAsync() => Task.WhenAll(_ways);

        // They arrive as they were sent, each the same time later.
        private async Task<int> DelayAsync(IWebSocketRoute from, IWebSocketRoute to)
        {
            var delayed = 0;
            var underway = Channel.CreateUnbounded<(IWebSocketFrame Frame, DateTime Due)>();
            from.OnMessage(frame => underway.Writer.TryWrite((frame, DateTime.UtcNow + OneWay)));
            try
            {
                await foreach (var (frame, due) in underway.Reader.ReadAllAsync(over))
                {
                    if (due - DateTime.UtcNow is { Ticks: > 0 } left)
                    {
                        await Task.Delay(left, over);
                    }

                    if (frame.Binary is { } bytes)
                    {
                        to.Send(bytes);
                    }
                    else
                    {
                        to.Send(frame.Text!);
                    }

                    delayed++;
                }
            }
            catch (OperationCanceledException) when (over.IsCancellationRequested)
            {
                // The test has seen what it came for.
            }

            return delayed;
        }
    }
}
