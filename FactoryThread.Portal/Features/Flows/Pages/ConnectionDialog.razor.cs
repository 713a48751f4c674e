using FactoryThread.Portal.Features.Accounts;
using FactoryThread.Portal.Features.Flows.Model;
using FactoryThread.Portal.Platform;
using Microsoft.AspNetCore.Components;
using MudBlazor;

namespace FactoryThread.Portal.Features.Flows.Pages;

/// <summary>Makes or changes a connection; the result is the saved <see cref="ConnectionView"/>, without values.</summary>
public sealed partial class ConnectionDialog
{
    private readonly string _id = $"connection-{Guid.NewGuid():n}";
    private readonly List<Header> _headers = [];
    private string _name = "";
    private string _address = "";
    private Failure? _violation;
    private string? _failure;
    private bool _busy;
    private bool _focused;
    private ElementReference _first;

    [Inject]
    private ConnectionService Connections { get; set; } = null!;

    [Inject]
    private CurrentUser User { get; set; } = null!;

    [CascadingParameter]
    private IMudDialogInstance Dialog { get; set; } = null!;

    /// <summary>The connection to change; null makes a new one.</summary>
    [Parameter]
    public ConnectionView? Connection { get; set; }

    private ConnectionSettings Settings => new()
    {
        Name = _name,
        BaseAddress = _address,
        Headers = [.. _headers.Where(h => !h.IsBlank).Select(h => new SecretHeader(h.Name.Trim(), h.Value.Length == 0 ? null : h.Value))],
    };

    /// <summary>The connection as saved, or null if nothing was.</summary>
    public static async Task<ConnectionView?> ShowAsync(IDialogService dialogs, ConnectionView? connection)
    {
        var options = new DialogOptions { MaxWidth = MaxWidth.Small, FullWidth = true, CloseOnEscapeKey = true, BackdropClick = false };
        var shown = await dialogs.ShowAsync<ConnectionDialog>(
            connection is null ? "New connection" : $"Edit {connection.Name}",
            new DialogParameters<ConnectionDialog> { { d => d.Connection, connection } },
            options);
        return await shown.Result is { Canceled: false, Data: ConnectionView saved } ? saved : null;
    }

    protected override void OnInitialized()
    {
        if (Connection is null)
        {
            AddHeader();
            return;
        }

        (_name, _address) = (Connection.Name, Connection.BaseAddress);
        _headers.AddRange(Connection.HeaderNames.Select(name => new Header { Name = name, Stored = true }));
    }

    protected override async Task OnAfterRenderAsync(bool firstRender)
    {
        if (!_focused && _first.Context is not null)
        {
            _focused = true;
            await _first.FocusAsync();
        }
    }

    private string Id(string field) => $"{_id}-{field}";

    private string? ErrorOf(string field) => _violation?.Field == field ? _violation.Message : null;

    private string? Invalid(string field) => ErrorOf(field) is null ? null : "true";

    private void AddHeader() => _headers.Add(new Header());

    private async Task SaveAsync()
    {
        if (_busy)
        {
            return;
        }

        _busy = true;
        (_violation, _failure) = (null, null);
        try
        {
            var caller = await User.CallerAsync();
            var result = Connection is null
                ? await Connections.CreateAsync(Settings, caller, CancellationToken.None)
                : await Connections.UpdateAsync(Connection.Id, Settings, caller, CancellationToken.None);
            if (result.Succeeded(out var saved, out var failure))
            {
                // The circuit lives on; what was typed must not.
                _headers.Clear();
                Dialog.Close(DialogResult.Ok(saved));
            }
            else if (failure.Field is "name" or "baseAddress" or "headers")
            {
                _violation = failure;
            }
            else
            {
                _failure = failure.Message;
            }
        }
        catch (Exception exception) when (PageFault.Explain(exception) is { } reason)
        {
            _failure = $"Not saved. {reason} Nothing you typed is lost; try again.";
        }
        finally
        {
            _busy = false;
        }
    }

    private sealed class Header
    {
        public string Name { get; set; } = "";

        public string Value { get; set; } = "";

        /// <summary>There is a stored value, which an empty field keeps.</summary>
        public bool Stored { get; init; }

        public bool IsBlank => Name.Trim().Length == 0 && Value.Length == 0;
    }
}
