#:sdk Microsoft.NET.Sdk.Web
#:property PublishAot=false
// The ceiling: a Kestrel endpoint that does nothing but send a fixed answer of the size given as the first argument.
var builder = WebApplication.CreateSlimBuilder(args[1..]);
builder.Logging.ClearProviders();
var app = builder.Build();
var size = int.Parse(args[0], System.Globalization.CultureInfo.InvariantCulture);
var body = System.Text.Encoding.ASCII.GetBytes($$"""{"filler":"{{new string('x', size - 13)}}"}""");
RequestDelegate answer = context =>
{
    context.Response.ContentType = "application/json; charset=utf-8";
    context.Response.ContentLength = body.Length;
    return context.Response.Body.WriteAsync(body).AsTask();
};
app.Map("/{**path}", answer);
await app.StartAsync();
Console.WriteLine($"FactoryThread Portal listens on {app.Urls.First()}");
await app.WaitForShutdownAsync();
