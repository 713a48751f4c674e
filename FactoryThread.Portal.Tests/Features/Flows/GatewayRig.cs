using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using FactoryThread.Portal.Data;
using FactoryThread.Portal.Data.Model;
using FactoryThread.Portal.Features.ApiKeys;
using FactoryThread.Portal.Features.ApiKeys.Model;
using FactoryThread.Portal.Features.Flows;
using FactoryThread.Portal.Features.Flows.Model;
using FactoryThread.Portal.Features.Usage;
using FactoryThread.Portal.Features.Usage.Model;
using FactoryThread.Portal.Tests.Features.Usage;
using FactoryThread.Portal.Tests.Infrastructure;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.DependencyInjection;

namespace FactoryThread.Portal.Tests.Features.Flows;

/// <summary>A portal with an administrator who owns keys, and a client that calls its gateway.</summary>
internal sealed class GatewayRig : IAsyncDisposable
{
    private GatewayRig(PortalApp app, string ownerId)
    {
        App = app;
        OwnerId = ownerId;
        Http = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false, AutomaticDecompression = DecompressionMethods.None })
        {
            BaseAddress = app.Address,
            Timeout = TimeSpan.FromSeconds(60),
        };
    }

    public PortalApp App { get; }

    public string OwnerId { get; }

    public HttpClient Http { get; }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public static async Task<GatewayRig> StartAsync(Dictionary<string, string?>? settings = null, PortalRole role = PortalRole.Administrator)
    {
        var app = PortalApp.Start(settings: settings);
        return new GatewayRig(app, await AddUserAsync(app, "owner@example.test", role));
    }

    public static async Task<string> AddUserAsync(PortalApp app, string email, PortalRole role)
    {
        await using var scope = app.Services.CreateAsyncScope();
        var users = scope.ServiceProvider.GetRequiredService<UserManager<PortalUser>>();
        var user = new PortalUser { UserName = email, Email = email, Role = role, CreatedAt = app.Get<TimeProvider>().GetUtcNow() };
        Assert.True((await users.CreateAsync(user)).Succeeded);
        return user.Id;
    }

    public async Task<string> KeyAsync(
        KeyPermission permission = KeyPermission.FullAccess, KeyEnvironment environment = KeyEnvironment.Live, string[]? flows = null, string? ownerId = null)
    {
        var settings = new ApiKeySettings { Name = "gateway-tests", Permission = permission, Flows = flows ?? [] };
        return (await App.Get<ApiKeyService>().CreateAsync(new NewApiKey(settings, environment, ownerId ?? OwnerId), Caller.CommandLine, Cancel)).Require().Token.Reveal();
    }

    public async Task TargetAsync(string flowId, string? live, string? test = null)
        => (await App.Get<FlowService>().UpdateAsync(
            flowId,
            s => s with { Live = FlowTarget.Of(live ?? "echo"), Test = FlowTarget.Of(test ?? "echo") },
            Caller.CommandLine,
            Cancel)).Require();

    public Task<HttpResponseMessage> ExecuteAsync(string key, string? json, string flowId = "abc123")
        => SendAsync(HttpMethod.Post, $"flows/{flowId}/execute", key, json is null ? null : new StringContent(json, Encoding.UTF8, "application/json"));

    public Task<HttpResponseMessage> SendAsync(
        HttpMethod method, string path, string? key, HttpContent? content = null, params (string Name, string Value)[] headers)
    {
        var request = new HttpRequestMessage(method, path) { Content = content };
        if (key is not null)
        {
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", key);
        }

        foreach (var (name, value) in headers)
        {
            Assert.True(request.Headers.TryAddWithoutValidation(name, value), name);
        }

        return Http.SendAsync(request, Cancel);
    }

    public async Task<IReadOnlyList<RequestLogEntry>> ExecutionsAsync()
        => (await App.Get<RequestLog>().ExecutionsAsync(new ExecutionQuery(), Cancel)).Items;

    /// <summary>Every recorded request, executions or not, newest first.</summary>
    public async Task<IReadOnlyList<RequestLogEntry>> LogAsync()
    {
        // Asking for executions first moves everything answered so far into the log.
        await ExecutionsAsync();
        return [.. LogFile.Read(Path.Combine(App.DataDirectory, "portal.db")).OrderByDescending(e => e.At).ThenByDescending(e => e.Id)];
    }

    /// <summary>Waits for something that another thread is about to do; ten seconds at most.</summary>
    public static async Task UntilAsync(Func<Task<bool>> condition)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        patience.CancelAfter(TimeSpan.FromSeconds(10));
        while (!await condition())
        {
            await Task.Delay(10, patience.Token);
        }
    }

    public static async Task<JsonElement> JsonAsync(HttpResponseMessage answer)
    {
        using var document = await JsonDocument.ParseAsync(await answer.Content.ReadAsStreamAsync(Cancel), default, Cancel);
        return document.RootElement.Clone();
    }

    public static async Task<string?> CodeAsync(HttpResponseMessage answer)
    {
        Assert.Equal("application/problem+json", answer.Content.Headers.ContentType?.MediaType);
        return (await JsonAsync(answer)).GetProperty("code").GetString();
    }

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await App.DisposeAsync();
    }
}
