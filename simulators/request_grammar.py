"""What a request may contain and in which order, written down by hand for the requests this QuickBooks serves.

The order of elements is written as DTD content models, which is how qbXML itself was first published; the
report and list orders follow the qbXML sheet (sections 3 and 5). Names without a model are leaves.
"""

_LIST_FILTER = "MaxReturned?, ActiveStatus?, FromModifiedDate?, ToModifiedDate?, (NameFilter | NameRangeFilter)?"
_RETURN = "IncludeRetElement*, OwnerID*"
_REFERENCE = "ListID?, FullName?"
_CHOICE_OF_OBJECTS = "ListID+ | FullName+ | ListIDWithChildren | FullNameWithChildren"
_ADDRESS = "Addr1?, Addr2?, Addr3?, Addr4?, Addr5?, City?, State?, PostalCode?, Country?, Note?"
_JOURNAL_LINE = (
    "TxnLineID?, AccountRef?, Amount?, TaxAmount?, Memo?, EntityRef?, ClassRef?, ItemSalesTaxRef?, BillableStatus?"
)

MODELS = {
    "HostQueryRq": "IncludeListMetaData?, IncludeRetElement*",
    "IncludeListMetaData": "IncludeMaxCapacity",
    "CompanyQueryRq": _RETURN,
    "PreferencesQueryRq": "IncludeRetElement*",
    "AccountQueryRq": f"(ListID+ | FullName+ | ({_LIST_FILTER}, AccountType*, CurrencyFilter?))?, {_RETURN}",
    "EmployeeQueryRq": f"(ListID+ | FullName+ | ({_LIST_FILTER}))?, {_RETURN}",
    "CustomerQueryRq": "(ListID+ | FullName+ | "
    f"({_LIST_FILTER}, TotalBalanceFilter?, CurrencyFilter?, ClassFilter?))?, {_RETURN}",
    "InvoiceQueryRq": "(TxnID+ | RefNumber+ | RefNumberCaseSensitive+ | "
    "(MaxReturned?, (ModifiedDateRangeFilter | TxnDateRangeFilter)?, EntityFilter?, AccountFilter?, "
    "(RefNumberFilter | RefNumberRangeFilter)?, CurrencyFilter?, PaidStatus?))?, "
    f"IncludeLineItems?, IncludeLinkedTxns?, {_RETURN}",
    "NameFilter": "MatchCriterion, Name",
    "NameRangeFilter": "FromName?, ToName?",
    "RefNumberFilter": "MatchCriterion, RefNumber",
    "RefNumberRangeFilter": "FromRefNumber?, ToRefNumber?",
    "TotalBalanceFilter": "Operator, Amount",
    "CurrencyFilter": "ListID+ | FullName+",
    "ClassFilter": _CHOICE_OF_OBJECTS,
    "EntityFilter": _CHOICE_OF_OBJECTS,
    "AccountFilter": _CHOICE_OF_OBJECTS,
    "ModifiedDateRangeFilter": "FromModifiedDate?, ToModifiedDate?",
    "TxnDateRangeFilter": "(FromTxnDate?, ToTxnDate?) | DateMacro",
    "GeneralSummaryReportQueryRq": "GeneralSummaryReportType, DisplayReport?, (ReportPeriod | ReportDateMacro)?, "
    "ReportAccountFilter?, ReportEntityFilter?, ReportItemFilter?, ReportClassFilter?, ReportTxnTypeFilter?, "
    "(ReportModifiedDateRangeFilter | ReportModifiedDateRangeMacro)?, ReportDetailLevelFilter?, "
    "ReportPostingStatusFilter?, SummarizeColumnsBy?, IncludeSubcolumns?, ReportCalendar?, ReturnRows?, "
    "ReturnColumns?, ReportBasis?",
    "BudgetSummaryReportQueryRq": "BudgetSummaryReportType, DisplayReport?, FiscalYear, BudgetCriterion?, "
    "(ReportPeriod | ReportDateMacro)?, ReportClassFilter?, SummarizeBudgetColumnsBy?, SummarizeBudgetRowsBy?",
    "ReportPeriod": "FromReportDate?, ToReportDate?",
    "ReportAccountFilter": f"AccountTypeFilter | {_CHOICE_OF_OBJECTS}",
    "ReportEntityFilter": f"EntityTypeFilter | {_CHOICE_OF_OBJECTS}",
    "ReportItemFilter": f"ItemTypeFilter | {_CHOICE_OF_OBJECTS}",
    "ReportClassFilter": _CHOICE_OF_OBJECTS,
    "ReportTxnTypeFilter": "TxnTypeFilter+",
    "ReportModifiedDateRangeFilter": "FromReportModifiedDate?, ToReportModifiedDate?",
    "CustomerAddRq": "CustomerAdd, IncludeRetElement*",
    "InvoiceAddRq": "InvoiceAdd, IncludeRetElement*",
    "JournalEntryAddRq": "JournalEntryAdd, IncludeRetElement*",
    "CustomerAdd": "Name, IsActive?, ClassRef?, ParentRef?, CompanyName?, Salutation?, FirstName?, MiddleName?, "
    "LastName?, Suffix?, JobTitle?, BillAddress?, ShipAddress?, ShipToAddress*, PrintAs?, Phone?, Mobile?, Pager?, "
    "AltPhone?, Fax?, Email?, Cc?, Contact?, AltContact?, AdditionalContactRef*, Contacts*, CustomerTypeRef?, "
    "TermsRef?, SalesRepRef?, OpenBalance?, OpenBalanceDate?, SalesTaxCodeRef?, ItemSalesTaxRef?, SalesTaxCountry?, "
    "ResaleNumber?, AccountNumber?, CreditLimit?, PreferredPaymentMethodRef?, CreditCardInfo?, JobStatus?, "
    "JobStartDate?, JobProjectedEndDate?, JobEndDate?, JobDesc?, JobTypeRef?, Notes?, AdditionalNotes*, "
    "IsStatementWithParent?, DeliveryMethod?, PreferredDeliveryMethod?, PriceLevelRef?, ExternalGUID?, "
    "TaxRegistrationNumber?, CurrencyRef?",
    "InvoiceAdd": "CustomerRef, ClassRef?, ARAccountRef?, TemplateRef?, TxnDate?, RefNumber?, BillAddress?, "
    "ShipAddress?, IsPending?, IsFinanceCharge?, PONumber?, TermsRef?, DueDate?, SalesRepRef?, FOB?, ShipDate?, "
    "ShipMethodRef?, ItemSalesTaxRef?, Memo?, CustomerMsgRef?, IsToBePrinted?, IsToBeEmailed?, IsTaxIncluded?, "
    "CustomerSalesTaxCodeRef?, Other?, ExchangeRate?, ExternalGUID?, LinkToTxnID*, SetCredit*, "
    "(InvoiceLineAdd | InvoiceLineGroupAdd)*, DiscountLineAdd?, SalesTaxLineAdd?, ShippingLineAdd?",
    "InvoiceLineAdd": "ItemRef?, Desc?, Quantity?, UnitOfMeasure?, (Rate | RatePercent | PriceLevelRef)?, ClassRef?, "
    "Amount?, TaxAmount?, OptionForPriceRuleConflict?, InventorySiteRef?, InventorySiteLocationRef?, "
    "(SerialNumber | LotNumber)?, ServiceDate?, SalesTaxCodeRef?, IsTaxable?, OverrideItemAccountRef?, Other1?, "
    "Other2?, LinkToTxn?, DataExt*",
    "InvoiceLineGroupAdd": "ItemGroupRef, Desc?, Quantity?, UnitOfMeasure?, ServiceDate?, InventorySiteRef?, "
    "InventorySiteLocationRef?, DataExt*",
    "DiscountLineAdd": "(Amount | RatePercent)?, IsTaxable?, AccountRef?",
    "SalesTaxLineAdd": "(Amount | RatePercent)?, AccountRef?",
    "ShippingLineAdd": "Amount, AccountRef?",
    "SetCredit": "CreditTxnID, TxnLineID?, AppliedAmount, Override?",
    "LinkToTxn": "TxnID, TxnLineID",
    "DataExt": "OwnerID, DataExtName, DataExtValue",
    "JournalEntryAdd": "TxnDate?, RefNumber?, Memo?, IsAdjustment?, (IsHomeCurrencyAdjustment | "
    "(IsAmountsEnteredInHomeCurrency?, CurrencyRef?, ExchangeRate?))?, ExternalGUID?, "
    "(JournalDebitLine | JournalCreditLine)+",
    "JournalDebitLine": _JOURNAL_LINE,
    "JournalCreditLine": _JOURNAL_LINE,
    "BillAddress": _ADDRESS,
    "ShipAddress": _ADDRESS,
    "ShipToAddress": f"Name, {_ADDRESS}, DefaultShipTo?",
    "AdditionalContactRef": "ContactName, ContactValue",
    "Contacts": "Salutation?, FirstName, MiddleName?, LastName?, JobTitle?, AdditionalContactRef*",
    "AdditionalNotes": "Note",
    "CreditCardInfo": "CreditCardNumber?, ExpirationMonth?, ExpirationYear?, NameOnCard?, CreditCardAddress?, "
    "CreditCardPostalCode?",
    **dict.fromkeys(
        [
            "AccountRef",
            "ARAccountRef",
            "ClassRef",
            "CurrencyRef",
            "CustomerMsgRef",
            "CustomerRef",
            "CustomerSalesTaxCodeRef",
            "CustomerTypeRef",
            "EntityRef",
            "InventorySiteLocationRef",
            "InventorySiteRef",
            "ItemGroupRef",
            "ItemRef",
            "ItemSalesTaxRef",
            "JobTypeRef",
            "OverrideItemAccountRef",
            "ParentRef",
            "PreferredPaymentMethodRef",
            "PriceLevelRef",
            "SalesRepRef",
            "SalesTaxCodeRef",
            "ShipMethodRef",
            "TemplateRef",
            "TermsRef",
        ],
        _REFERENCE,
    ),
}

_META_DATA = "metaData (NoMetaData | MetaDataOnly | MetaDataAndResponseData) #IMPLIED"
_ITERATOR = f"{_META_DATA} iterator (Start | Continue | Stop) #IMPLIED iteratorID CDATA #IMPLIED"

# Beyond requestID, which every request takes. Lists of employees and accounts know no iterator (sheet 1.3).
ATTRIBUTES = {
    "AccountQueryRq": _META_DATA,
    "EmployeeQueryRq": _META_DATA,
    "CustomerQueryRq": _ITERATOR,
    "InvoiceQueryRq": _ITERATOR,
    "InvoiceAdd": "defMacro CDATA #IMPLIED",
    "InvoiceLineAdd": "defMacro CDATA #IMPLIED",
    "JournalEntryAdd": "defMacro CDATA #IMPLIED",
    "JournalDebitLine": "defMacro CDATA #IMPLIED",
    "JournalCreditLine": "defMacro CDATA #IMPLIED",
}

# Requests that qbXML 13.0 has and this QuickBooks answers with 1030: their contents are not looked at.
KNOWN_ONLY_BY_NAME = frozenset(
    f"{noun}{verb}Rq"
    for verbs, nouns in (
        (
            ("Add", "Mod", "Query"),
            "Bill BillPaymentCheck Charge Check Class CreditCardCharge CreditCardCredit CreditMemo Currency Deposit "
            "Estimate InventoryAdjustment ItemDiscount ItemFixedAsset ItemGroup ItemInventory ItemInventoryAssembly "
            "ItemNonInventory ItemOtherCharge ItemReceipt ItemService Lead OtherName PriceLevel PurchaseOrder "
            "ReceivePayment SalesOrder SalesReceipt SalesRep SalesTaxCode TimeTracking ToDo Transfer Vendor "
            "VendorCredit",
        ),
        (("Add", "Mod"), "Account Employee"),
        (("Mod",), "Customer Invoice JournalEntry"),
        (("Add", "Query"), "CustomerType PaymentMethod StandardTerms VendorType"),
        (
            ("Query",),
            "AgingReport BillToPay CompanyActivity CustomDetailReport CustomSummaryReport Entity GeneralDetailReport "
            "Item JobReport JournalEntry ListDeleted PayrollDetailReport PayrollItemWage PayrollSummaryReport "
            "Template Terms TimeReport Transaction TxnDeleted",
        ),
        (("Del",), "DataExt List Txn"),
        (("Add", "Mod"), "DataExt DataExtDef"),
        (("Void",), "Txn"),
    )
    for noun in nouns.split()
    for verb in verbs
)
