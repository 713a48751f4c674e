using System.CommandLine;
using FactoryThread.Portal.Features.ApiKeys.Model;
using FactoryThread.Portal.Features.Flows;
using FactoryThread.Portal.Features.Flows.Model;

namespace FactoryThread.Portal.Cli;

/// <summary><c>flows add|list</c></summary>
internal static class FlowVerbs
{
    private const string Echo = "echo";

    public static Command Create(VerbHost host) => new("flows", "The flows that keys execute.") { Add(host), List(host) };

    private static Command Add(VerbHost host)
    {
        var id = new Option<string>("--id") { Required = true, Description = "Such as abc123, as in /flows/abc123/execute" };
        var name = new Option<string>("--name") { Required = true, Description = "Name for people" };
        var route = new Option<string?>("--route") { Description = "Path of its custom endpoint below /api/, such as orders" };
        var live = new Option<string>("--live-target") { Description = "Address that calls with live keys go to, or echo (the default)" };
        var test = new Option<string>("--test-target") { Description = "The same for test keys" };
        var published = new Option<bool>("--published") { Description = "It can be executed" };
        var command = new Command("add", "Add a flow, or replace the one with that id.") { id, name, route, live, test, published };
        command.SetAction((parsed, cancellation) => host.RunAsync(async services =>
        {
            var settings = new FlowSettings
            {
                Name = parsed.GetRequiredValue(name),
                Route = parsed.GetValue(route),
                Published = parsed.GetValue(published),
                Live = TargetOf(parsed.GetValue(live)),
                Test = TargetOf(parsed.GetValue(test)),
            };
            var put = await services.GetRequiredService<FlowService>().PutAsync(parsed.GetRequiredValue(id), settings, Caller.CommandLine, cancellation);
            return put.Succeeded(out var flow, out var failure)
                ? host.Write($"Flow {flow.Id} is {(flow.Published ? "published" : "saved, but not published")}.")
                : host.Fail(failure, OptionOf);
        }));
        return command;
    }

    private static Command List(VerbHost host)
    {
        var json = new Option<bool>("--json") { Description = "JSON on stdout, and nothing else there" };
        var command = new Command("list", "All flows.") { json };
        command.SetAction((parsed, cancellation) => host.RunAsync(async services =>
        {
            var flows = await services.GetRequiredService<FlowService>().ListAsync(cancellation);
            return parsed.GetValue(json)
                ? host.WriteJson(new
                {
                    items = flows.Select(f => new
                    {
                        id = f.Id,
                        name = f.Name,
                        description = f.Description,
                        route = f.Route,
                        published = f.Published,
                        liveTarget = Describe(f.Live),
                        testTarget = Describe(f.Test),
                    }),
                })
                : host.WriteTable(
                    ["ID", "NAME", "ROUTE", "PUBLISHED", "LIVE TARGET", "TEST TARGET"],
                    flows.Select(f => (string[])[f.Id, f.Name, f.Route is null ? "-" : "/api/" + f.Route, f.Published ? "yes" : "no", Describe(f.Live), Describe(f.Test)]));
        }));
        return command;
    }

    private static FlowTarget TargetOf(string? text) => text is null or Echo ? FlowTarget.Echo : new FlowTarget(text, null);

    private static string Describe(FlowTarget target)
        => target.IsEcho ? Echo : target.ConnectionId is null ? target.Address! : $"{target.ConnectionId}:{target.Address}";

    private static string? OptionOf(string field) => field switch
    {
        "id" => "--id",
        "name" => "--name",
        "route" => "--route",
        "live" => "--live-target",
        "test" => "--test-target",
        _ => null,
    };
}
