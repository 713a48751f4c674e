using System.Text;
using Bunit;
using FactoryThread.Portal.Features.ApiKeys.Model;
using FactoryThread.Portal.Features.Incidents.Pages;
using FactoryThread.Portal.Tests.Features.ApiKeys.Pages;
using Microsoft.AspNetCore.Components.Forms;
using Microsoft.JSInterop;

namespace FactoryThread.Portal.Tests.Features.Incidents.Pages;

public sealed class LeaksPageTests : KeyPagesContext
{
    [Fact]
    public async Task A_pasted_text_shows_the_keys_in_it_and_nothing_of_itself()
    {
        var (works, revoked, stranger) = (await KeyAsync("erp"), await KeyAsync("old"), ApiKeyToken.Create(KeyEnvironment.Test));
        (await Keys.RevokeAsync(revoked.Key.Id, null, Me, Cancellation)).Require();
        var page = Show<LeaksPage>();
        Paste($"top secret text\n{revoked.Token.Reveal()}\n{works.Token.Reveal()} {works.Token.Reveal()}\n{stranger.Reveal()}");

        Press(page, "Find keys");

        page.WaitForAssertion(() => Assert.Equal(3, page.FindAll("table.found tbody tr").Count));
        var rows = page.FindAll("table.found tbody tr");
        Assert.Contains("erp", rows[0].TextContent, StringComparison.Ordinal);
        Assert.Contains("Can be used", rows[0].TextContent, StringComparison.Ordinal);
        Assert.Equal(("3", "2"), (rows[0].QuerySelector(".c-line")!.TextContent, rows[0].QuerySelector(".c-count")!.TextContent));
        Assert.Contains("Revoked", rows[1].TextContent, StringComparison.Ordinal);
        Assert.Contains("Not a key of this portal", rows[2].TextContent, StringComparison.Ordinal);
        Assert.Contains("3 keys found in the text; 1 can be used by whoever has them.", page.Markup.Replace("</strong>", "", StringComparison.Ordinal), StringComparison.Ordinal);
        Assert.DoesNotContain("top secret", Everything(page), StringComparison.Ordinal);
        Assert.DoesNotContain(works.Token.Reveal(), Everything(page), StringComparison.Ordinal);
        Assert.Equal("api_key.leak_found", (await Audit.ForSubjectAsync("api_key", works.Key.Id, 0, 1, Cancellation)).Items[0].Action);
    }

    [Fact]
    public async Task A_key_is_revoked_from_its_row()
    {
        var key = await KeyAsync("erp");
        var page = Show<LeaksPage>();
        Paste(key.Token.Reveal());
        Press(page, "Find keys");
        page.WaitForAssertion(() => Button(page, "Revoke erp"));

        Press(page, "Revoke erp");
        Dialogs.WaitForAssertion(() => Button(Dialogs, "Revoke key"));
        Press(Dialogs, "Revoke key");
        Dialogs.WaitForAssertion(() => Button(Dialogs, "Close"));
        Press(Dialogs, "Close");

        page.WaitForAssertion(() => Assert.Contains("none of them works any more", page.Markup, StringComparison.Ordinal));
        Assert.Equal(KeyStatus.Revoked, (await Keys.GetAsync(key.Key.Id, Me, Cancellation)).Require().Status);
    }

    [Fact]
    public async Task A_file_is_searched_and_a_clean_one_says_so()
    {
        var key = await KeyAsync("erp");
        var page = Show<LeaksPage>();
        var input = page.FindComponent<InputFile>();

        input.UploadFiles(InputFileContent.CreateFromText($"a\n\n{key.Token.Reveal()}", "server.log"));
        page.WaitForAssertion(() => Assert.Contains("in server.log", page.Markup, StringComparison.Ordinal));
        Assert.Equal("3", page.Find(".c-line").TextContent);
        Assert.Equal("api_key.leak_found", (await Audit.ForSubjectAsync("api_key", key.Key.Id, 0, 1, Cancellation)).Items[0].Action);

        input.UploadFiles(InputFileContent.CreateFromText("nothing", "clean.log"));
        page.WaitForAssertion(() => Assert.Contains("No key found", page.Markup, StringComparison.Ordinal));
        Assert.Empty(page.FindAll("table.found"));
    }

    [Fact]
    public async Task Keys_of_others_are_seen_but_not_named_by_who_is_no_administrator()
    {
        var other = await AddUserAsync("eve@example.test", administrator: false);
        var theirs = (await Keys.CreateAsync(new NewApiKey(new ApiKeySettings { Name = "theirs" }, KeyEnvironment.Live, other), Me, Cancellation)).Require();
        await DemoteAsync();
        var page = Show<LeaksPage>();
        Paste(theirs.Token.Reveal());

        Press(page, "Find keys");

        page.WaitForAssertion(() => Assert.Contains("Somebody else's key", page.Find("table.found").TextContent, StringComparison.Ordinal));
        Assert.DoesNotContain("theirs", page.Markup, StringComparison.Ordinal);
        Assert.Contains("An administrator can revoke it", page.Markup, StringComparison.Ordinal);
    }

    [Fact]
    public void Nothing_pasted_is_said_at_the_field()
    {
        var page = Show<LeaksPage>();
        Paste("");

        Press(page, "Find keys");

        page.WaitForAssertion(() => Assert.Contains("Paste a text first", page.Find("[role=alert]").TextContent, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_search_shows_its_progress_and_can_be_cancelled()
    {
        var page = Show<LeaksPage>();
        using var slow = new SlowStream(1000);
        Paste(new Pasted(slow, 1000));

        Press(page, "Find keys");
        page.WaitForAssertion(() => page.Find("progress"));
        Press(page, "Cancel");

        page.WaitForAssertion(() => Assert.Contains("was cancelled", page.Find("[role=alert]").TextContent, StringComparison.Ordinal));
        Assert.Empty(page.FindAll("progress"));
        await Task.CompletedTask;
    }

    private void Paste(string text) => Paste(new Pasted(new MemoryStream(Encoding.UTF8.GetBytes(text)), Encoding.UTF8.GetByteCount(text)));

    private void Paste(Pasted pasted)
    {
        var module = JSInterop.SetupModule("./Features/Incidents/Pages/LeaksPage.razor.js");
        module.Setup<bool>("isEmpty", _ => true).SetResult(pasted.Length == 0);
        module.Setup<IJSStreamReference>("take", _ => true).SetResult(pasted);
    }

    private sealed class Pasted(Stream stream, long length) : IJSStreamReference
    {
        public long Length => length;

        public ValueTask<Stream> OpenReadStreamAsync(long maxAllowedSize = 512000, CancellationToken cancellationToken = default) => ValueTask.FromResult(stream);

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }

    /// <summary>Never gives anything until it is cancelled.</summary>
    private sealed class SlowStream(long length) : MemoryStream
    {
        public override long Length => length;

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            await Task.Delay(Timeout.Infinite, cancellationToken);
            return 0;
        }
    }
}
