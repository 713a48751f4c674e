using Bunit;
using FactoryThread.Portal.Features.ApiKeys.Pages;

namespace FactoryThread.Portal.Tests.Features.ApiKeys.Pages;

/// <summary>The list of keys, opened at an address.</summary>
public abstract class KeyListContext : KeyPagesContext
{
    protected IRenderedComponent<KeyListPage> Open(string query = "")
    {
        Navigation.NavigateTo($"/settings/api-keys{query}");
        var page = Show<KeyListPage>();
        page.WaitForAssertion(() => Assert.DoesNotContain("Loading keys", page.Markup, StringComparison.Ordinal));
        return page;
    }

    protected static List<string> Names(IRenderedComponent<KeyListPage> page) => [.. page.FindAll("td.c-name a").Select(a => a.TextContent)];
}
