using FactoryThread.Portal.Features.Alerts.Delivery;
using FactoryThread.Portal.Features.Alerts.Model;
using Microsoft.Extensions.Options;

namespace FactoryThread.Portal.Features.Alerts;

/// <summary>Registration of rules, inbox and delivery.</summary>
public static class AlertsFeature
{
    public static void AddAlerts(this IServiceCollection services)
    {
        services.AddOptions<AlertOptions>().BindConfiguration(AlertOptions.Section).ValidateOnStart();
        services.AddSingleton<IValidateOptions<AlertOptions>, ValidateAlertOptions>();
        services.AddSingleton<AlertFeed>();
        services.AddSingleton<AlertTexts>();
        services.AddSingleton<AlertOutbox>();
        services.AddSingleton<AlertEvaluator>();
        services.AddSingleton<KeyCare>();
        services.AddSingleton<AlertService>();
        services.AddSingleton<AlertRuleService>();
        services.AddSingleton<AlertChannelService>();
        services.AddSingleton<ChannelSecrets>();
        services.AddSingleton<MailSender>();
        services.AddSingleton<AlertDispatcher>();
        WebhookSender.Register(services);
        services.AddHostedService<EvaluationWorker>();
        services.AddHostedService<DeliveryWorker>();
    }
}
