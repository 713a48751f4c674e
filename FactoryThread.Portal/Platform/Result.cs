using System.Diagnostics.CodeAnalysis;

namespace FactoryThread.Portal.Platform;

/// <summary>Why an operation was not carried out; screens, endpoints and verbs each translate it once.</summary>
public enum FailureKind
{
    /// <summary>A field holds a value that is not allowed (HTTP 422).</summary>
    Invalid,

    /// <summary>The thing does not exist, or not for this caller (HTTP 404).</summary>
    NotFound,

    /// <summary>The thing's state does not allow it (HTTP 409).</summary>
    Conflict,

    /// <summary>The caller may not do this (HTTP 403).</summary>
    Forbidden,

    /// <summary>The person has to confirm that it is they, and may then try again (HTTP 403).</summary>
    Unconfirmed,
}

/// <summary>An expected failure: what is wrong, on which field (camelCase as in the JSON, or null), in words for a person.</summary>
public sealed record Failure(FailureKind Kind, string Message, string? Field = null)
{
    public static Failure Invalid(string field, string message) => new(FailureKind.Invalid, message, field);

    public static Failure NotFound(string message) => new(FailureKind.NotFound, message);

    public static Failure Conflict(string message, string? field = null) => new(FailureKind.Conflict, message, field);

    public static Failure Forbidden(string message) => new(FailureKind.Forbidden, message);
}

/// <summary>The value of an operation, or the <see cref="Platform.Failure"/> that says why there is none.</summary>
public readonly struct Result<T>
{
    private Result(T? value, Failure? failure)
    {
        Value = value;
        Failure = failure;
    }

    public T? Value { get; }

    public Failure? Failure { get; }

    public bool Succeeded([NotNullWhen(true)] out T? value, [NotNullWhen(false)] out Failure? failure)
    {
        value = Value;
        failure = Failure;
        return failure is null;
    }

    /// <summary>The value, for callers that treat a failure as a fault.</summary>
    /// <exception cref="InvalidOperationException">The operation failed; the message is the failure's.</exception>
    public T Require() => Failure is null ? Value! : throw new InvalidOperationException(Failure.Message);

    public static implicit operator Result<T>(T value) => new(value, null);

    public static implicit operator Result<T>(Failure failure) => new(default, failure);
}

public static class ResultExtensions
{
    /// <summary>The outcome of work whose failure was kept, such as a wrong try that counts.</summary>
    public static Result<T> Flatten<T>(this Result<Result<T>> result) => result.Failure is { } failure ? failure : result.Value;
}
