namespace FactoryThread.Portal.Platform;

/// <summary>
/// <see cref="IHttpContextAccessor"/> for pages only. As the framework fills it, for every request, it costs the door a third of its
/// allocations: no context could be used again by the next request of a connection, and every await would carry a context of execution.
/// </summary>
internal static class PageContext
{
    public static void AddPageContext(this IServiceCollection services)
    {
        services.AddHttpContextAccessor();
        services.AddSingleton<IHttpContextFactory>(all => new DefaultHttpContextFactory(new WithoutAccessor(all)));
    }

    /// <summary>Comes after routing, which ends the requests of the door.</summary>
    public static void UsePageContext(this WebApplication app)
    {
        var accessor = app.Services.GetRequiredService<IHttpContextAccessor>();
        app.Use(async (context, next) =>
        {
            accessor.HttpContext = context;
            try
            {
                await next(context);
            }
            finally
            {
                // Whoever still holds the accessor must not see the next request of this connection.
                accessor.HttpContext = null;
            }
        });
    }

    private sealed class WithoutAccessor(IServiceProvider services) : IServiceProvider
    {
        public object? GetService(Type type) => type == typeof(IHttpContextAccessor) ? null : services.GetService(type);
    }
}
