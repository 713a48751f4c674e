using System.Net;
using System.Text.RegularExpressions;
using FactoryThread.Portal.Features.Accounts;

namespace FactoryThread.Portal.Tests.Infrastructure;

/// <summary>Signing in as a person does it: open the page, fill in the form, keep the cookie.</summary>
public static partial class SignedInClient
{
    public const string AdminEmail = "admin@example.test";
    public const string AdminPassword = "a long enough password";

    /// <summary>A client that keeps cookies and follows no redirect, signed in as an administrator (made if there is no user yet).</summary>
    public static async Task<HttpClient> SignInAsync(this PortalApp app, string email = AdminEmail, string password = AdminPassword)
    {
        var cancellation = TestContext.Current.CancellationToken;
        var users = app.Get<UserService>();
        if (!await users.AnyAsync(cancellation))
        {
            (await users.AddFirstAsync(AdminEmail, AdminPassword, address: null, cancellation)).Require();
        }

        var http = app.Browser();
        using var answer = await http.SubmitAsync("/account/sign-in", "sign-in", new() { ["Input.Email"] = email, ["Input.Password"] = password });
        Assert.Equal(HttpStatusCode.Redirect, answer.StatusCode);
        return http;
    }

    /// <summary>Keeps cookies, follows no redirect.</summary>
    public static HttpClient Browser(this PortalApp app)
        => new(new SocketsHttpHandler { AllowAutoRedirect = false }) { BaseAddress = app.Address };

    /// <summary>Opens a page and posts one of its forms with the fields filled in.</summary>
    public static async Task<HttpResponseMessage> SubmitAsync(this HttpClient http, string path, string form, Dictionary<string, string> fields)
    {
        var cancellation = TestContext.Current.CancellationToken;
        fields["_handler"] = form;
        fields["__RequestVerificationToken"] = await http.FormTokenAsync(path);
        using var content = new FormUrlEncodedContent(fields);
        return await http.PostAsync(path, content, cancellation);
    }

    /// <summary>The antiforgery token in a page's forms.</summary>
    public static async Task<string> FormTokenAsync(this HttpClient http, string path)
        => WebUtility.HtmlDecode(Token().Match(await http.GetStringAsync(path, TestContext.Current.CancellationToken)).Groups[1].Value);

    [GeneratedRegex("name=\"__RequestVerificationToken\" value=\"([^\"]+)\"", RegexOptions.None, 1000)]
    private static partial Regex Token();
}
