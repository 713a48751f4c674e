using FactoryThread.Portal.Platform;
using Microsoft.AspNetCore.Components;

namespace FactoryThread.Portal.Features.Accounts.Pages;

/// <summary>First run: whoever holds the link printed at start becomes the first administrator. Gone once there is a user.</summary>
public sealed partial class SetUp
{
    private bool _closed;
    private bool _accepted;
    private string? _failure;

    [CascadingParameter]
    private HttpContext Http { get; set; } = null!;

    [Inject]
    private UserService Users { get; set; } = null!;

    [Inject]
    private SignInService Accounts { get; set; } = null!;

    [Inject]
    private SetupLink Link { get; set; } = null!;

    [Inject]
    private NavigationManager Navigation { get; set; } = null!;

    [SupplyParameterFromForm(FormName = "set-up")]
    private FirstAdministrator? Input { get; set; }

    [SupplyParameterFromQuery]
    private string? Token { get; set; }

    protected override async Task OnInitializedAsync()
    {
        Input ??= new FirstAdministrator();
        _accepted = Link.Accepts(Token);
        _closed = await Users.AnyAsync(Http.RequestAborted);
        if (_closed || !_accepted)
        {
            // Not 404: for that the framework sends no page, but what nobody wrote.
            Http.Response.StatusCode = StatusCodes.Status410Gone;
        }
    }

    private async Task SetUpAsync()
    {
        if (_closed || !_accepted)
        {
            return;
        }

        if (string.IsNullOrWhiteSpace(Input!.Email) || string.IsNullOrEmpty(Input.Password))
        {
            _failure = "Enter an email and a password.";
            return;
        }

        if (Input.Password != Input.Repeat)
        {
            _failure = "The two passwords differ. Enter them again.";
            return;
        }

        var added = await Users.AddFirstAsync(Input.Email, Input.Password, Http.Connection.RemoteIpAddress?.ToString(), Http.RequestAborted);
        if (!added.Succeeded(out var administrator, out var failure))
        {
            _closed = failure.Kind == FailureKind.Conflict;
            _failure = failure.Message;
            return;
        }

        Link.Close();
        await Accounts.SignInNewAsync(administrator.Id, Http.RequestAborted);
        Navigation.NavigateTo("/");
    }

    /// <summary>What the form sends.</summary>
    private sealed class FirstAdministrator
    {
        public string? Email { get; set; }

        public string? Password { get; set; }

        public string? Repeat { get; set; }
    }
}
