using FactoryThread.Portal.Features.ApiKeys.Model;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Routing;
using Microsoft.AspNetCore.WebUtilities;

namespace FactoryThread.Portal.Features.ApiKeys.Pages;

/// <summary>Search, filters, order and page stand in the address; a key that was pasted never does.</summary>
public sealed partial class KeyListPage
{
    /// <summary>The latest address the page went to, until the browser is there: that takes a round trip, in which typing goes on.</summary>
    private string? _wayTo;

    /// <summary>The key that the address asked to make, until the browser is where the address no longer says so.</summary>
    private KeyDraft? _asked;

    private void LocationChanged(object? sender, LocationChangedEventArgs change)
    {
        if (change.Location == _wayTo)
        {
            _wayTo = null;
        }

        var here = Navigation.ToAbsoluteUri(KeyLinks.List[1..]).AbsolutePath;
        if (string.Equals(new Uri(change.Location).AbsolutePath.TrimEnd('/'), here, StringComparison.OrdinalIgnoreCase))
        {
            _ = FollowAddressAsync();
        }
    }

    private async Task FollowAddressAsync()
    {
        try
        {
            await InvokeAsync(async () =>
            {
                if (await ReadAddressAsync())
                {
                    // A dialog that the address asks for does not wait for the rows.
                    var dialog = OpenFromAddressAsync();
                    await LoadAsync();
                    StateHasChanged();
                    await dialog;
                }
            });
        }
        catch (ObjectDisposedException)
        {
            // The page was left meanwhile.
        }
        catch (Exception fault)
        {
            // Nobody awaits this task; the circuit has to learn of the fault.
            await DispatchExceptionAsync(fault);
        }
    }

    /// <summary>Takes search and filters from the address; false if the address held a key and is being replaced.</summary>
    private async Task<bool> ReadAddressAsync()
    {
        // With a name the permission belongs to the key that is to be made.
        var parameter = Parameters();
        var filter = KeyListFilter.Parse(name => name == "permission" && parameter("name") is not null ? null : parameter(name));
        if (KeyPaste.LooksLikeKey(filter.Search))
        {
            Go(await WithoutKeyAsync(filter, filter.Search!), replace: true);
            return false;
        }

        _filter = filter;

        // While somebody types, the box is ahead of the address.
        if (_wayTo is null && (_typing is null or { IsCancellationRequested: true }))
        {
            _search = filter.Search ?? "";
        }

        return true;
    }

    private async Task SearchAsync(string text)
    {
        _typing?.Cancel();
        _typing?.Dispose();
        _typing = null;
        _note = null;
        if (KeyPaste.LooksLikeKey(text))
        {
            // First of all the box: the key must not stay in it, nor get into the address.
            _search = "";
            Go(await WithoutKeyAsync(_filter, text), replace: false);
            return;
        }

        _search = text;
        _typing = new CancellationTokenSource();
        var cancellation = _typing.Token;
        try
        {
            await Task.Delay(TypingPause, Clock, cancellation);
            Go(_filter with { Search = text, Page = 1 }, replace: true);
            _typing?.Dispose();
            _typing = null;
        }
        catch (OperationCanceledException)
        {
            // Typing went on.
        }
    }

    /// <summary>The filter that shows the key whose value was pasted, by its hint; the value itself goes no further than here.</summary>
    private async Task<KeyListFilter> WithoutKeyAsync(KeyListFilter filter, string text)
    {
        if (!KeyPaste.TryFind(text, out var token))
        {
            _note = "This looks like an API key with a typing error or a piece missing. It was not searched for.";
            return filter with { Search = null, Page = 1 };
        }

        if (await Keys.FindByTokenAsync(token, await User.CallerAsync(), CancellationToken.None) is not { } key)
        {
            _note = "No key here has the value you pasted.";
            return filter with { Search = null, Page = 1 };
        }

        _note = key.Hint == token.Hint
            ? "You pasted a whole key. It was found by its fingerprint and replaced by its hint."
            : "You pasted an old value of this key; it has been replaced since.";
        return filter.All with { Search = key.Hint, Status = key.Status == KeyStatus.Deleted ? KeyStatus.Deleted : null };
    }

    private void Go(KeyListFilter filter, bool replace)
    {
        var address = Navigation.GetUriWithQueryParameters(Navigation.ToAbsoluteUri(KeyLinks.List[1..]).ToString(), filter.ToQuery());
        if (address != (_wayTo ?? Navigation.Uri))
        {
            _wayTo = address;
            Navigation.NavigateTo(address, replace: replace);
        }
    }

    /// <summary><c>?name=&amp;permission=&amp;flow=</c> opens the dialog with these fields filled in, once they have left the address.</summary>
    private async Task OpenFromAddressAsync()
    {
        // Going somewhere closes dialogs; the arrival comes back here.
        if (_actions is null || _wayTo is not null)
        {
            return;
        }

        if (_asked is { } asked)
        {
            _asked = null;
            await _actions.CreateAsync(asked);
            return;
        }

        var parameter = Parameters();
        if (parameter("name") is not { } name || KeyPaste.LooksLikeKey(name))
        {
            return;
        }

        var draft = new KeyDraft { Name = name };
        if (Enum.GetValues<KeyPermission>().Where(p => p.Code() == parameter("permission")).Cast<KeyPermission?>().FirstOrDefault() is { } permission)
        {
            draft.Permission = permission;
        }

        draft.Flows.AddRange((parameter("flow") ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries));
        _asked = draft;
        Go(_filter, replace: true);
    }

    private Func<string, string?> Parameters()
    {
        var query = QueryHelpers.ParseQuery(new Uri(Navigation.Uri).Query);
        return name => query.TryGetValue(name, out var values) ? values.ToString() : null;
    }
}
